"""Where a lakehouse lies: a folder on a disk, or a prefix of a bucket, asked in the words of `pathlib`.

`place_of` makes either from what a command was given. A bucket is read through `pyarrow.fs`, whose credentials are those of
the environment (the chain of the AWS SDKs); no address, setting or record holds one.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from pyarrow.fs import FileSelector, FileType, S3FileSystem

from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

SCHEME = "s3://"
_PREFIX = re.compile(r"[a-z0-9.-]+(/[^/?#@]+)*")


@dataclass(frozen=True)
class BucketPlace:
    """A prefix of a bucket, or an object in it: as much of a `Path` as a lakehouse needs."""

    path: str
    """Bucket and key, without a scheme."""

    @property
    def name(self) -> str:
        """The last part."""
        return self.path.rpartition("/")[2]

    @property
    def parent(self) -> "BucketPlace":
        """The prefix that it lies in."""
        return BucketPlace(self.path.rpartition("/")[0])

    def __truediv__(self, key: str) -> "BucketPlace":
        return BucketPlace(f"{self.path}/{key}")

    def __str__(self) -> str:
        return f"{SCHEME}{self.path}"

    def read_bytes(self) -> bytes:
        """The object. Raises `FileNotFoundError` where there is none, another `OSError` where it can't be had."""
        with file_system().open_input_stream(self.path) as stream:
            return bytes(stream.read())

    def glob(self, pattern: str) -> Iterator["BucketPlace"]:
        """The objects right under the prefix whose names fit; none where nothing lies there."""
        for found in file_system().get_file_info(FileSelector(self.path, allow_not_found=True)):
            if found.type == FileType.File and fnmatchcase(found.base_name, pattern):
                yield BucketPlace(found.path)

    def is_file(self) -> bool:
        """Whether it is an object."""
        return bool(file_system().get_file_info(self.path).type == FileType.File)

    def is_dir(self) -> bool:
        """Whether anything lies under the prefix."""
        return bool(file_system().get_file_info(self.path).type == FileType.Directory)


AnyPlace = Path | BucketPlace
"""A folder, or a file, of a lakehouse."""


def place_of(address: str) -> AnyPlace:
    """The folder, or the prefix of a bucket (`s3://bucket/prefix`), that an address names.

    Raises `ConfigurationError` for another scheme, and where no bucket is named.
    """
    if "://" not in address:
        return Path(address)
    path = address.removeprefix(SCHEME).rstrip("/")
    if not _PREFIX.fullmatch(path) or ".." in path.split("/"):
        raise ConfigurationError(
            f"{address!r} is no place for a lakehouse: write a folder, or {SCHEME}BUCKET/PREFIX (credentials come from the "
            "environment)"
        )
    return BucketPlace(path)


def reason_of(error: OSError) -> str:
    """Why a file couldn't be had, in a few words."""
    if isinstance(error, FileNotFoundError):
        return "No such file or directory"
    return error.strerror or (str(error).splitlines() or [type(error).__name__])[0][:160]


@cache
def file_system() -> Any:
    """The service of buckets. Its address and the credentials are those of the environment when it is first asked."""
    # Arrow's copy of the SDK reads credentials and region from the environment, but not where the service is.
    address = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    return S3FileSystem(endpoint_override=address)
