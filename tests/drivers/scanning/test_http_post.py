"""What is no address of a scanner; how a POST ends is tested by what misbehaves, in `test_paged_scan.py`."""

import json
import socket
import time

import pytest

from support.scanner import Scanner, says
from tradingview_scraper.pipelines.selection.drivers.scanning import http_post
from tradingview_scraper.pipelines.selection.drivers.scanning.http_post import http_address, posted
from tradingview_scraper.pipelines.selection.drivers.scanning.scan_troubles import PassingError
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


@pytest.mark.parametrize(
    "url", ["", "crypto", "ftp://host/x", "file:///etc/passwd", "http://", "http://host:x", "http://[::1"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="must be an address such as https://gateway"):
        http_address(url)


def test_a_password_would_be_recorded() -> None:
    with pytest.raises(ConfigurationError, match="leave it out"):
        http_address("https://user:secret@gateway.example.com")


def test_a_post_arrives_and_its_answer_comes_back(scanner: Scanner) -> None:
    body = json.dumps({"range": [0, 2]}).encode()
    reply = posted(f"{scanner.url}/crypto/scan?label=x", {"User-Agent": "tried"}, body, 5.0)
    assert (reply.status, json.loads(reply.data)["totalCount"]) == (200, 23)
    assert scanner.requests == [("/crypto/scan?label=x", {"range": [0, 2]})]
    assert scanner.headers[0]["User-Agent"] == "tried"
    assert scanner.headers[0]["Host"] == f"127.0.0.1:{scanner.server_port}"


def test_a_large_answer_is_whole(scanner: Scanner) -> None:
    scanner.faults = [says(b"x" * 5_000_000)]
    assert posted(scanner.url, {}, b"{}", 20.0).data == b"x" * 5_000_000


def test_an_answer_without_end_is_cut(scanner: Scanner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_post, "MOST_BYTES", 1000)
    scanner.faults = [says(b" " * 1000), says(b" " * 1001)]
    assert len(posted(scanner.url, {}, b"{}", 5.0).data) == 1000
    with pytest.raises(PassingError, match="sent more than 1,000 bytes"):
        posted(scanner.url, {}, b"{}", 5.0)


def test_tls_that_never_shakes_hands_is_cut() -> None:
    """A server that takes the connection and says nothing, or trickles, holds up nobody."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        with pytest.raises(PassingError, match=r"no whole answer within 0\.2 s"):
            posted(f"https://127.0.0.1:{silent.getsockname()[1]}/", {}, b"{}", 0.2)
        assert time.monotonic() - start < 10


def test_plain_http_behind_https_is_a_reason(scanner: Scanner) -> None:
    with pytest.raises(PassingError, match="can't be reached or broke off"):
        posted(scanner.url.replace("http", "https"), {}, b"{}", 5.0)
