"""The bytes of a file inside the data folder, read once."""

from dataclasses import dataclass
from pathlib import Path

from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError

PICKLES = (".pkl", ".pickle", ".joblib")


@dataclass(frozen=True)
class Content:
    """A file as it was when it was read: name inside the folder, bytes, and their digest."""

    name: str
    data: bytes
    digest: str


def read_once(path: Path, name: str) -> Content:
    """The content of a file.

    Raises `DataContractError` where it can't be read or is a pickle.
    """
    if path.suffix.lower() in PICKLES:
        raise DataContractError(f"ingestion: {name} is a pickle, which can run code when opened; give Parquet or JSON")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataContractError(f"ingestion: {name} can't be read: {error.strerror or type(error).__name__}") from None
    return Content(name, data, bytes_digest(data))


def joined_digest(contents: list[Content]) -> str:
    """One digest of several files: of their names and digests, in the order of their names."""
    lines = sorted(f"{content.name} {content.digest}" for content in contents)
    return bytes_digest("\n".join(lines).encode())


def inside(folder: Path, name: str) -> Path:
    """The path of a file in a folder.

    Raises `ConfigurationError` where the name leads out of the folder.
    """
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ConfigurationError(f"the path {name!r} leads out of the folder {folder.name!r}; name a file inside it")
    return path
