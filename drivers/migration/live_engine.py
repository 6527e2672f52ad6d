"""The answers of a live v3.4: a process of its own, in an interpreter in which the legacy package is installed.

`live_answers` writes a job, has the interpreter run `engine_runner.py.txt` (which says what it takes of the legacy
package) and reads the answers back. Nothing of the legacy package is imported here.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, StageError

RUNNER = "engine_runner.py.txt"
SHOWN_LINES = 3


def live_answers(python: str, folders: Sequence[Path]) -> dict[Path, dict[str, Any]]:
    """Case folder to the answer of the v3.4 that lives in an interpreter.

    Raises `ConfigurationError` where that interpreter can't be started and `StageError` where it can't answer, as when
    the legacy package isn't importable there.
    """
    runner = resources.files("tradingview_scraper.pipelines.selection.drivers.migration").joinpath(RUNNER)
    with tempfile.TemporaryDirectory() as scratch, resources.as_file(runner) as script:
        files = [Path(scratch) / f"{number}.json" for number in range(len(folders))]
        job = Path(scratch) / "job.json"
        cases = [str(folder.resolve()) for folder in folders]
        job.write_text(json.dumps({"cases": cases, "answers": [str(file) for file in files]}), encoding="utf-8")
        # The job runs in a folder of its own: a path to its interpreter is one from here. Links stay: venvs are made of them.
        own = str(Path(python).absolute()) if os.path.dirname(python) else python
        _run([own, str(script), str(job)], scratch)
        return {
            folder: json.loads(file.read_text(encoding="utf-8")) for folder, file in zip(folders, files, strict=True)
        }


def _run(command: Sequence[str], folder: str) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise ConfigurationError(f"--engine {command[0]}: can't be started: {error.strerror}") from None
    if done.returncode:
        last = " / ".join(done.stderr.strip().splitlines()[-SHOWN_LINES:])
        raise StageError(f"--engine {command[0]}: v3.4 gave no answers there: {last or 'no message'}")
