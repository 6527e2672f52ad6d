"""A scanner on 127.0.0.1 that speaks the real one's protocol and misbehaves on demand, and what tests ask it.

A fault answers one request in its own way; `faults` are used up in turn, the last one of `always` never.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import ModuleType
from typing import Any, ClassVar

import pytest

from tradingview_scraper.pipelines.selection.drivers.scanning.screener import Question
from tradingview_scraper.pipelines.selection.schemas.settings import ScannerSettings, ScanningSettings

COLUMNS = ("close", "update_mode", "ADX")
Row = dict[str, Any]
Fault = Callable[["Handler", dict[str, Any]], None]


def rows(count: int) -> list[Row]:
    """Rows of a crypto scan, each told apart by its values."""
    return [{"s": f"BINANCE:A{n:03}USDT", "d": [100.0 + n, "streaming", 20 + n / 8]} for n in range(count)]


class Scanner(ThreadingHTTPServer):
    """The server; `requests` are the bodies that it got, with their paths."""

    daemon_threads = True

    def __init__(self, held: Sequence[Row]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.held = list(held)
        self.faults: list[Fault] = []
        self.always: Fault | None = None
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[dict[str, str]] = []
        self.released = Event()
        """Ends whatever hangs."""

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what is tested here."""


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Scanner

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, body))
        self.server.headers.append(dict(self.headers.items()))
        fault = self.server.faults.pop(0) if self.server.faults else self.server.always
        if fault is None:
            self.answer(self.page(body))
        else:
            fault(self, body)

    def page(self, body: dict[str, Any]) -> dict[str, Any]:
        """What a well-behaved scanner has for the range that is asked for."""
        first, last = body["range"]
        return {"totalCount": len(self.server.held), "data": self.server.held[first:last]}

    def answer(self, content: object, status: int = 200, **headers: str) -> None:
        """Send a document, or bytes as they are."""
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content_Length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        """Nothing."""


def says(content: object, status: int = 200, **headers: str) -> Fault:
    """The fault that answers this."""
    return lambda handler, body: handler.answer(content, status, **headers)


def page_with(change: Callable[[dict[str, Any]], object]) -> Fault:
    """The fault that changes the page in place."""

    def fault(handler: Handler, body: dict[str, Any]) -> None:
        page = handler.page(body)
        page["data"] = list(page["data"])
        change(page)
        handler.answer(page)

    return fault


def hang(handler: Handler, body: dict[str, Any]) -> None:
    """No answer at all."""
    handler.server.released.wait(30)


def drop(handler: Handler, body: dict[str, Any]) -> None:
    """The connection ends before an answer."""
    handler.close_connection = True


def cut(handler: Handler, body: dict[str, Any]) -> None:
    """A body that ends before its stated length."""
    data = json.dumps(handler.page(body)).encode()
    handler.answer(data[: len(data) // 2], Content_Length=str(len(data)))


def cut_unstated(handler: Handler, body: dict[str, Any]) -> None:
    """A body of unstated length that ends in its middle."""
    data = json.dumps(handler.page(body)).encode()
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + data[: len(data) // 2])


def trickle_headers(handler: Handler, body: dict[str, Any]) -> None:
    """A header of which one byte comes at a time, without end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drip(handler)


def trickle_body(handler: Handler, body: dict[str, Any]) -> None:
    """A body of which one byte comes at a time, without end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    _drip(handler)


def trickle_unstated(handler: Handler, body: dict[str, Any]) -> None:
    """The same without a length: a connection that is shut looks like its end."""
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
    _drip(handler)


def _drip(handler: Handler) -> None:
    while not handler.server.released.wait(0.02):
        handler.wfile.write(b" ")
        handler.wfile.flush()


@contextmanager
def serving(held: Sequence[Row]) -> Iterator[Scanner]:
    """A scanner while it serves."""
    server = Scanner(held)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def scanning(**changed: Any) -> ScanningSettings:
    """Settings that lose little time."""
    quick = {"page_rows": 10, "attempts": 3, "timeout_seconds": 20.0, "backoff_seconds": 0.01, "total_seconds": 30.0}
    return ScanningSettings(**{"base_url": "", **quick, **changed})


def question(server: Scanner, **changed: Any) -> Question:
    """A scan of the server's crypto market."""
    asked = ScannerSettings(**{"markets": ("crypto",), "columns": COLUMNS, **changed})
    return Question("trend_crypto", f"{server.url}/crypto/scan", {"Content-Type": "application/json"}, asked)


class StandInScreener:
    """What `scan` uses of the package's class; `test_screener.py` holds the real one against it."""

    SUPPORTED_MARKETS: ClassVar = {
        name: f"https://scanner.tradingview.com/{name}/scan" for name in ("america", "crypto", "germany")
    }

    def __init__(self) -> None:
        self.headers = {"User-Agent": "stand-in"}


def install_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the extra were installed: beside an editable install it can't be."""
    module = ModuleType("tradingview_scraper.symbols.screener")
    module.Screener = StandInScreener  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tradingview_scraper.symbols", ModuleType("tradingview_scraper.symbols"))
    monkeypatch.setitem(sys.modules, module.__name__, module)
