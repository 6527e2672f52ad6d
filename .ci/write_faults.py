"""Does a run survive its disk? Fails each write of the sample's run in turn, and looks at what is left.

    python .ci/write_faults.py

Three faults: the disk is full from this write on; this write alone fails (EIO); the process is killed in it, with half of the
data written. After each, the error names the place and what to do; nothing half stands under a final name; the ledgers hold;
`clean` leaves nothing hidden; the next run is made and everything verifies. Prints a line per write that isn't survived, and the
counts; exit code 1 where there is one.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.write_faults import FAULTS, bench
from tradingview_scraper.pipelines.selection.drivers.demo.project import new_project


def main() -> int:
    """The number of faults that weren't survived, as an exit code."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        new_project(project)
        with bench(project) as disk:
            found = {(fault, at): disk.outcome(fault, at) for fault in FAULTS for at in range(disk.writes)}
    wrong = {where: what for where, what in found.items() if what}
    for (fault, at), what in wrong.items():
        print(f"{fault} at write {at}: {what}")
    print(f"{len(found) - len(wrong)} of {len(found)} faults survived: {disk.writes} writes, {', '.join(FAULTS)}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
