"""One root, an exit code a kind, messages that stay short."""

import errno
import os

import pytest

from tradingview_scraper.pipelines.selection.schemas import errors


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.SelectionError, 1),
        (errors.StageError, 1),
        (errors.ConfigurationError, 2),
        (errors.FactorError, 2),
        (errors.DataContractError, 3),
        (errors.VerificationError, 4),
    ],
)
def test_every_kind_has_its_exit_code(kind: type[errors.SelectionError], code: int) -> None:
    assert issubclass(kind, errors.SelectionError)
    assert kind.exit_code == code


@pytest.mark.parametrize(
    ("names", "options", "text"),
    [
        ([], {}, "0: "),
        (["A"], {}, "1: A"),
        (list("ABCDE"), {}, "5: A, B, C, D, E"),
        (list("ABCDEFG"), {}, "7: A, B, C, D, E and 2 more"),
        (list("ABC"), {"shown": 1}, "3: A and 2 more"),
        (list("AB"), {"total": 9}, "9: A, B and 7 more"),
        (iter([1, None]), {}, "2: 1, None"),
        (["A\nB", "C\u202e"], {}, r"2: A\nB, C\u202e"),
    ],
)
def test_offenders_are_counted_and_the_first_few_named(names: object, options: dict[str, int], text: str) -> None:
    assert errors.offenders(names, **options) == text


@pytest.mark.parametrize(
    ("number", "code", "text"),
    [
        (errno.ENOSPC, 1, "record: runs/a can't be written: the disk is full; free some space and start again"),
        (errno.EIO, 1, "record: runs/a can't be written: the disk failed; look after the disk"),
        (errno.EROFS, 2, "record: runs/a can't be written: Read-only file system; use another --project"),
        (None, 2, "record: runs/a can't be written: odd; use another --project"),
    ],
)
def test_what_cant_be_written_says_why_and_what_to_do(number: int | None, code: int, text: str) -> None:
    error = errors.StorageError("runs/a", OSError("odd") if number is None else OSError(number, os.strerror(number)))
    assert isinstance(error, errors.SelectionError)
    assert isinstance(error, OSError)
    assert (error.errno, error.filename, error.exit_code) == (number, "runs/a", code)
    assert str(error).startswith(text)


def test_offenders_stay_short() -> None:
    assert len(errors.offenders(range(10**5))) < 60
