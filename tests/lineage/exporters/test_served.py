"""A tracker that accepts and never answers, or trickles, costs a time that is known, and never the run."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.lineage.exporters import mlflow as exporter
from tradingview_scraper.pipelines.selection.lineage.exporters.served import is_served, within
from tradingview_scraper.pipelines.selection.lineage.record.run_record import ExportError


@pytest.fixture
def trickling() -> Iterator[str]:
    """The address of a server that takes every connection and sends one byte per tenth of a second."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    taken.append(server.accept()[0])

        def trickle() -> None:
            while server.fileno() >= 0:
                for one in list(taken):
                    with suppress(OSError):
                        one.send(b"H")
                time.sleep(0.1)

        for work in (serve, trickle):
            threading.Thread(target=work, daemon=True).start()
        yield f"http://user:secret@127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    for one in taken:
        one.close()


def test_a_server_that_trickles_is_left_after_a_time(finished: SampleRun, trickling: str) -> None:
    assert is_served(trickling)
    began = time.monotonic()
    with pytest.raises(ExportError, match=r"mlflow: http://127\.0\.0\.1:\d+ took longer than 3 s: .*--timeout"):
        exporter.exported(finished.folder, project=finished.project, tracking_uri=trickling, seconds=3.0)
    assert time.monotonic() - began < 20  # killed, and not waited for


def test_the_process_says_what_went_wrong(finished: SampleRun) -> None:
    arguments = {
        "folder": str(finished.folder / "nowhere"),
        "project": str(finished.project),
        "uri": "http://127.0.0.1:1",
        "experiment": "x",
    }
    with pytest.raises(ExportError, match="the run nowhere has no readable"):
        within(60.0, "http://127.0.0.1:1", exporter.exported_document, arguments)
    with pytest.raises(ExportError, match=r"the export to X ended with 1: TypeError"):
        within(60.0, "X", exporter.exported_document, {"colour": "red"})


def test_the_process_gives_the_answer_of_the_work(own: SampleRun) -> None:
    pytest.importorskip("mlflow")
    uri = exporter.embedded_uri(own.project)
    arguments = {"folder": str(own.folder), "project": str(own.project), "uri": uri, "experiment": "x"}
    found = within(120.0, uri, exporter.exported_document, arguments)
    again = exporter.exported(own.folder, project=own.project, tracking_uri=uri, experiment="x")
    assert (found["created"], again.created) == (True, False)
    assert found["run_id"] == again.run_id
