"""What others wrote, mutated: does a parser answer, or refuse with an error of ours? Coverage-guided, by atheris.

    python .ci/fuzz.py scans --seconds 180 --seed 1

`TARGETS` (`.ci/fuzz_targets.py`) names what is read. Half of the inputs are bytes, grown from real files, the other half values
made of the words that the parser knows, so that mutation gets past the syntax. Any other exception is a finding. Prints the
executions and each finding once, with its input; exit code 1 where there is any. `pip install atheris` first.
"""

import argparse
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

import atheris
from fuzz_targets import ROOT, TARGETS, Target

from tradingview_scraper.pipelines.selection.schemas.errors import SelectionError


class Watched:
    """A target that counts, keeps the first input of each kind of finding, and goes on."""

    def __init__(self, target: Target, seconds: float) -> None:
        self.target, self.until, self.count = target, time.process_time() + seconds, 0
        self.findings: dict[str, tuple[str, bytes]] = {}

    def __call__(self, content: bytes) -> None:
        """One execution; the last one ends the process."""
        self.count += 1
        try:
            self.target(content)
        except SelectionError as error:
            str(error)
        except Exception as error:
            ours = [each for each in traceback.extract_tb(error.__traceback__) if "/.ci/" not in each.filename]
            place = next((each for each in reversed(ours) if str(ROOT) in each.filename), ours[-1] if ours else None)
            at = f"{Path(place.filename).name}:{place.lineno} {place.name}" if place else "fuzz.py"
            self.findings.setdefault(f"{type(error).__name__} at {at}", (str(error)[:120], content))
        if time.process_time() > self.until:
            self.end()

    def end(self) -> None:
        """Say what was found."""
        for where, (said, content) in self.findings.items():
            sys.stdout.write(f"FINDING {where}: {said!a}\n  input {content[:200]!r}\n")
        sys.stdout.write(f"{self.count} executions, {len(self.findings)} findings\n")
        sys.stdout.flush()
        os._exit(1 if self.findings else 0)


def main(arguments: Sequence[str]) -> None:
    """Fuzz one target for so many seconds of CPU."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    random.seed(given.seed)
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as scratch:
        target, real = TARGETS[given.target](Path(scratch))
        corpus = Path(scratch, "corpus")
        corpus.mkdir()
        # A value is made of the bytes of an input: short ones leave real values as they are.
        grown = [bytes([64 + 6 * number]) + random.randbytes(3000) for number in range(30)]
        for number, content in enumerate([*real, *grown]):
            (corpus / str(number)).write_bytes(content)
        watched = Watched(target, given.seconds)
        atheris.Setup(["fuzz", f"-seed={given.seed}", "-max_len=6000", "-rss_limit_mb=8000", str(corpus)], watched)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
