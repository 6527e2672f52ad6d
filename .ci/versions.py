"""The versions that are tested: the lock, and the lowest that `pyproject.toml` allows.

`python .ci/versions.py lock` installs the newest versions that the oldest supported Python can have and writes them into
`constraints.txt`: one set for every Python, for another NumPy or SciPy has other last bits. `python .ci/versions.py lowest`
prints the lower bound of each direct dependency, as constraints.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "constraints.txt"
EXTRAS = ("test", "docs", "delta", "mlflow", "plot", "research", "skfolio")
HEADER = """\
# The versions with which tvselect is tested, the same on Python 3.11 to 3.13: `pip install -c constraints.txt .`
# Renewed by `make lock`, which writes this file.
"""


def project() -> dict[str, object]:
    """The table `project` of pyproject.toml."""
    found: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return found


def lowest() -> str:
    """Each direct dependency at its lower bound."""
    names = re.compile(r"([A-Za-z0-9_.-]+)>=([0-9.]+)")
    bounds = [names.match(str(line)) for line in project()["dependencies"]]  # type: ignore[attr-defined]
    return "".join(f"{bound[1]}=={bound[2]}\n" for bound in bounds if bound)


def newest() -> str:
    """What pip resolves for the oldest supported Python, in a fresh environment."""
    oldest = str(project()["requires-python"]).removeprefix(">=").partition(",")[0]
    interpreter = shutil.which(f"python{oldest}") or sys.executable
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run([interpreter, "-m", "venv", scratch], check=True)
        python = str(Path(scratch, "bin", "python"))
        found = subprocess.run(
            [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], **READ
        ).stdout.strip()
        if found != oldest:
            raise SystemExit(f"the lock is made with Python {oldest}, this is {found}: run it with a python{oldest}")
        subprocess.run([python, "-m", "pip", "install", "-q", f"{ROOT}[{','.join(EXTRAS)}]"], check=True)
        return subprocess.run([python, "-m", "pip", "freeze", "--exclude", "tvselect"], **READ).stdout


READ: dict[str, bool] = {"check": True, "capture_output": True, "text": True}


def main(what: str) -> None:
    """Write the lock, or print the lowest versions."""
    if what == "lock":
        LOCK.write_text(HEADER + newest(), "utf-8")
    elif what == "lowest":
        print(lowest(), end="")
    else:
        raise SystemExit(f"`lock` or `lowest`, not {what!r}")


if __name__ == "__main__":
    main(*sys.argv[1:])
