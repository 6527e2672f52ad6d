"""An export to a server within a time: in a process of its own, which is killed when the time is up.

A client's time-outs count per request, and from byte to byte: a server that accepts and never answers, or that trickles, is
waited for without end. `within` hands the work to `python -m` this module, as JSON on its input; the answer is the last line of
its output. What stays behind in the tracker is in part, and made anew by the next export.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.record.run_record import ExportError
from tradingview_scraper.pipelines.selection.schemas.errors import SelectionError

SECONDS = 60.0
"""For a whole export, the start of the process included."""


def is_served(uri: str) -> bool:
    """Whether an address is one of a server, and not a file."""
    return uri.startswith(("http://", "https://"))


def within(
    seconds: float, address: str, work: Callable[..., dict[str, Any]], arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """The answer of a module's function on these arguments, all of it plain data.

    Raises `ExportError` where it fails, or isn't there in time; `address` is what the message calls the server.
    """
    # -P: what lies in the working directory is no module of ours.
    command = [sys.executable, "-P", "-m", __name__]
    given = json.dumps({"module": work.__module__, "function": work.__name__, "arguments": dict(arguments)})
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise ExportError(
            f"mlflow: {address} took longer than {seconds:g} s: `tvselect export mlflow --timeout SECONDS` waits longer"
        ) from None
    try:
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ExportError(f"mlflow: the export to {address} ended with {done.returncode}: {last[:300]}") from None
    if "error" in answer:
        raise ExportError(str(answer["error"]))
    return answer


def main() -> None:
    """Do the work that is described on the input, and print its answer."""
    given = json.load(sys.stdin)
    try:
        answer = getattr(import_module(given["module"]), given["function"])(**given["arguments"])
    except SelectionError as error:
        answer = {"error": str(error)}
    sys.stdout.write(f"\n{json.dumps(answer)}\n")


if __name__ == "__main__":
    main()
