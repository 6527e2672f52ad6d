"""A checkpoint is read as it was written, and nothing else is one."""

from base64 import b64encode
from pathlib import Path

import pytest

from tradingview_scraper.pipelines.selection.lineage.record.checkpoint import (
    Checkpoint,
    leaf_hashes,
    read_checkpoint,
)
from tradingview_scraper.pipelines.selection.lineage.record.merkle import leaf_hash
from tradingview_scraper.pipelines.selection.schemas.errors import VerificationError

ROOT = bytes(range(32))
TEXT = f"tvselect/runs/audit.jsonl\n12\n{b64encode(ROOT).decode()}\n"


def test_the_text_by_hand() -> None:
    kept = Checkpoint("runs/audit.jsonl", 12, ROOT)
    assert kept.text().decode() == TEXT
    assert read_checkpoint(kept.text()) == kept
    assert read_checkpoint(f"{TEXT}\n\u2014 desk xyz\n".encode()) == kept  # signatures of a note


@pytest.mark.parametrize(
    "text",
    [
        *("", "tvselect/runs/audit.jsonl\n12", TEXT.replace("tvselect/", ""), TEXT.replace("\n12\n", "\n-1\n")),
        *(TEXT.replace("\n12\n", f"\n{size}\n") for size in ("012", "1e3", "\u0661", "9" * 16, "", " 12")),
        *(TEXT.replace("AAEC", "AAE"), TEXT.replace("AAEC", "A\xe9EC"), TEXT.replace("AAEC", "AAECAAEC")),
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(VerificationError, match="it is no checkpoint"):
        read_checkpoint(text.encode())
    with pytest.raises(VerificationError, match="it is no checkpoint"):
        read_checkpoint(b"\xff" + TEXT.encode())


def test_whole_lines_are_leaves(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    assert leaf_hashes(path) == leaf_hashes(tmp_path) == []
    path.write_bytes(b"a\n\nb\ntorn")
    assert leaf_hashes(path) == [leaf_hash(b"a"), leaf_hash(b""), leaf_hash(b"b")]
