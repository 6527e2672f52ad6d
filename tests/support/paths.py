"""Where things lie: the repository, and what lies beside it where it is there."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SHARED = ROOT.parent / "shared"
GOLDEN = SHARED / "reference" / "golden"
DIRTY = SHARED / "reference" / "dirty"
