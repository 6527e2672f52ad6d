"""One POST over HTTP, whole and within a time, or a reason why not.

A time-out of a socket counts from byte to byte, so that a server that sends one byte per second is waited for without end. Here
a timer shuts the connection at the deadline, whatever is being read then: handshake, headers or body. Redirects aren't
followed: a POST that is sent elsewhere asks somebody else.
"""

import socket
import ssl
from contextlib import closing, suppress
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer
from time import monotonic
from urllib.parse import SplitResult, urlsplit

from tradingview_scraper.pipelines.selection.drivers.scanning.scan_troubles import PassingError
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

MOST_BYTES = 64 * 1024 * 1024
"""Of one answer: more is no page of a scan."""


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Message
    data: bytes


def posted(url: str, headers: dict[str, str], body: bytes, seconds: float) -> Reply:
    """The whole answer to a POST.

    Raises `PassingError` where there is none within `seconds`, or it breaks off; `ConfigurationError` for an address that isn't
    HTTP.
    """
    parts = http_address(url)
    deadline = monotonic() + seconds
    try:
        reply = _reply(parts, headers, body, deadline)
    except (OSError, HTTPException, UnicodeError) as error:
        if monotonic() >= deadline or isinstance(error, TimeoutError):
            raise PassingError(f"gave no whole answer within {seconds:.3g} s") from None
        raise PassingError(f"can't be reached or broke off ({_said(error)})") from None
    # A connection that the timer shut looks like a body that ended.
    if monotonic() >= deadline:
        raise PassingError(f"gave no whole answer within {seconds:.3g} s")
    if len(reply.data) > MOST_BYTES:
        raise PassingError(f"sent more than {MOST_BYTES:,} bytes")
    stated = reply.headers.get("Content-Length", "")
    if stated.isdecimal() and len(reply.data) < int(stated):
        raise PassingError(f"broke off after {len(reply.data):,} of {int(stated):,} bytes")
    return reply


def http_address(url: str) -> SplitResult:
    """The parts of an address. Raises `ConfigurationError` where it isn't one of HTTP, or holds a password."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError("scanning.base_url must be an address such as https://gateway.example.com")
    if parts.username is not None:
        raise ConfigurationError(
            "scanning.base_url holds a user or password, which the record would keep: leave it out"
        )
    return parts


def _reply(parts: SplitResult, headers: dict[str, str], body: bytes, deadline: float) -> Reply:
    secure = parts.scheme == "https"
    host = str(parts.hostname)
    kind = HTTPSConnection if secure else HTTPConnection
    connection = kind(host, parts.port)
    line = _connected(host, connection.port, deadline)
    # A second handle of the same connection: TLS takes the first one over.
    with closing(line.dup()) as handle:
        timer = Timer(_left(deadline), _shut, [handle])
        timer.daemon = True
        timer.start()
        try:
            with closing(connection):
                connection.sock = line
                if secure:
                    connection.sock = ssl.create_default_context().wrap_socket(line, server_hostname=host)
                connection.request("POST", parts._replace(scheme="", netloc="").geturl() or "/", body, headers)
                response = connection.getresponse()
                return Reply(response.status, response.headers, response.read(MOST_BYTES + 1))
        finally:
            timer.cancel()
            line.close()


def _connected(host: str, port: int, deadline: float) -> socket.socket:
    """A connection to the first address of a host that takes one, within one time for all of them."""
    failure = OSError(f"{host} has no address")
    for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            return socket.create_connection((str(address[0]), port), timeout=_left(deadline))
        except OSError as error:
            failure = error
    raise failure


def _left(deadline: float) -> float:
    return max(deadline - monotonic(), 0.001)


def _shut(handle: socket.socket) -> None:
    with suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)


def _said(error: Exception) -> str:
    text = (error.strerror if isinstance(error, OSError) else "") or str(error)
    return " ".join(text.split())[:120] or type(error).__name__
