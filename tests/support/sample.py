"""What the fixture `sample_run` gives."""

from pathlib import Path
from typing import NamedTuple


class SampleRun(NamedTuple):
    """A project with one finished run."""

    project: Path
    run_id: str

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self.project / "runs" / self.run_id
