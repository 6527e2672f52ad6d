"""What the fixture `sample_run` gives, and how samples are kept from session to session."""

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest


class SampleRun(NamedTuple):
    """A project with one finished run."""

    project: Path
    run_id: str

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self.project / "runs" / self.run_id


def kept(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], dict[str, Path]]) -> dict[str, Path]:
    """What `make` puts into a new folder, as names and places.

    It is made once a session, whichever of its processes asks first. Where `TVSELECT_TEST_SAMPLES` names a folder, it is made
    there once and found again by later sessions: for whoever runs the tests of what only reads runs many times (.ci/mutants.py).
    """
    own = factory.getbasetemp()
    session = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = Path(os.environ.get("TVSELECT_TEST_SAMPLES") or session, name)
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / "places.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not index.exists():
            index.write_text(json.dumps({key: str(path) for key, path in make(folder).items()}))
    return {key: Path(path) for key, path in json.loads(index.read_text()).items()}
