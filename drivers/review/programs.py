"""Other programs that records are anchored by: `ssh-keygen`, `openssl`."""

import subprocess
from collections.abc import Sequence


def answered(command: Sequence[str], content: bytes = b"") -> tuple[str | None, str]:
    """What a program answers (None: it failed, or there is no such program), and the last that it said on stderr."""
    try:
        done = subprocess.run(command, input=content, capture_output=True, check=False)
    except FileNotFoundError:
        return None, f"{command[0]} is not installed"
    said = done.stderr.decode(errors="replace").strip().splitlines()
    answer = done.stdout.decode(errors="replace")
    return (answer if done.returncode == 0 else None), (said[-1] if said else f"exit code {done.returncode}")
