"""Every error that the pipeline raises on purpose, one root and a child a kind.

A message names the stage, how many assets, the first few of them, and what to do. Each kind carries the exit
code that the command line ends with.
"""

import errno
from collections.abc import Iterable, Sequence
from typing import ClassVar


class SelectionError(Exception):
    """Root of all errors of the selection pipeline."""

    exit_code: ClassVar[int] = 1


class ConfigurationError(SelectionError):
    """A setting, factor, gate, scorer or path that can't be used as given."""

    exit_code: ClassVar[int] = 2


class DataContractError(SelectionError):
    """Input or an intermediate frame that breaks its contract."""

    exit_code: ClassVar[int] = 3


class ComponentError(ConfigurationError):
    """An answer of a provider, scorer or bucketizer that isn't what its interface promises; the message is a predicate."""


class FactorError(ConfigurationError):
    """A factor function whose declaration or result breaks the rules of `dataflow.features.declaration`."""


class StageError(SelectionError):
    """A stage that could not deliver although its input was valid, such as a floor that no rung reaches."""


class StorageError(SelectionError, OSError):
    """A file or folder that can't be written; an `OSError`, too, with its `errno` and `filename`."""

    def __init__(self, place: str, error: OSError) -> None:
        what = _WHAT.get(error.errno or 0) or error.strerror or str(error)
        super().__init__(f"record: {place} can't be written: {what}; {_DO.get(error.errno or 0, _MEND)}")
        self.errno, self.strerror, self.filename = error.errno, error.strerror, place

    def __str__(self) -> str:
        """The message, not OSError's own wording of it."""
        return str(self.args[0])

    @property
    def exit_code(self) -> int:  # type: ignore[override]
        """1 where the disk is full or fails, 2 where the place can't be used."""
        return SelectionError.exit_code if self.errno in DISK else ConfigurationError.exit_code


_WHAT = {errno.ENOSPC: "the disk is full", errno.EIO: "the disk failed"}
_FREE = "free some space and start again: nothing half is left under a final name"
_DO = {
    errno.ENOSPC: _FREE,
    errno.EDQUOT: _FREE,
    errno.EFBIG: _FREE,
    errno.EIO: "look after the disk, then `tvselect verify --all`, and start again",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
    errno.ENFILE: "raise the limit of open files",
}
DISK = frozenset(_DO)
"""The `errno` of a disk that is full or fails, or of a machine at its limit."""
_MEND = "use another --project or output, or mend the folder and its permissions"


class VerificationError(SelectionError):
    """A record that doesn't agree with what it records."""

    exit_code: ClassVar[int] = 4


def offenders(names: Iterable[object], total: int | None = None, shown: int = 5) -> str:
    """The first few names and how many more there are: `3: A, B, C` or `12: A, B, C, D, E and 7 more`."""
    listed: Sequence[str] = [shown_text(str(name)) for name in names]
    count = len(listed) if total is None else total
    head = ", ".join(listed[:shown])
    rest = count - min(shown, len(listed))
    return f"{count}: {head} and {rest} more" if rest > 0 else f"{count}: {head}"


def shown_text(text: str) -> str:
    """A text on one line: with escapes, where it holds what doesn't show itself (a line break, a control)."""
    return text if text.isprintable() else text.encode("unicode_escape").decode()
