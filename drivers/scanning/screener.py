"""What a profile asks, of whom: `Screener` of the package tradingview-scraper knows the markets, their addresses and the headers.

That package (extra `tradingview`) also has a method that asks, `Screener.screen`. It takes one page, leaves out rows without
values, calls an answer without rows a success and makes text of every error, so that a pool may shrink in silence. Hence
of it is used what to ask and where; asking is `paged_scan`'s. The request is the one that `screen` sends, but for its range.
"""

from dataclasses import dataclass
from importlib import import_module, metadata
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.execution.setting_messages import suggestion
from tradingview_scraper.pipelines.selection.drivers.scanning.http_post import http_address
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.settings import ScannerSettings, SelectionSettings

PACKAGE, MODULE = "tradingview-scraper", "tradingview_scraper.symbols.screener"
MISSING = (
    "the extra `tradingview` isn't installed, so no scanner can be asked: pip install 'tvselect[tradingview]' (beside a "
    "wheel of tvselect, not an editable install)"
)


@dataclass(frozen=True)
class Question:
    """One scan of one market."""

    name: str
    """Of the export: SCANNER_MARKET."""
    url: str
    headers: dict[str, str]
    scanner: ScannerSettings

    def body(self, first: int, last: int) -> dict[str, Any]:
        """The request for the rows from `first` up to `last`, the latter excluded."""
        return {**self.constant, "range": [first, last]}

    @property
    def constant(self) -> dict[str, Any]:
        """The request but for its range."""
        asked = self.scanner
        filters = [each.model_dump(mode="json", exclude_none=True) for each in asked.filters]
        found: dict[str, Any] = {"columns": list(asked.columns), "options": {"lang": "en"}}
        found |= {"filter": filters} if filters else {}
        return found | ({"sort": {"sortBy": asked.sort_by, "sortOrder": asked.sort_order}} if asked.sort_by else {})


def questions(settings: SelectionSettings) -> list[Question]:
    """Every scan that the settings name, in their order.

    Raises `ConfigurationError` where the package isn't there, a market is unknown, or an address can't be used.
    """
    kind = screener_class()
    if kind is None:
        raise ConfigurationError(f"scan: {MISSING}")
    headers = {**kind().headers, "Content-Type": "application/json", "Accept": "application/json"}
    found = []
    for name, scanner in settings.scanners.items():
        for market in scanner.markets:
            if market not in kind.SUPPORTED_MARKETS:
                raise ConfigurationError(
                    f"scanners.{name}.markets: {PACKAGE} {version()} knows no market {market!r}; "
                    f"{suggestion(market, kind.SUPPORTED_MARKETS) or ', '.join(sorted(kind.SUPPORTED_MARKETS))}"
                )
            url = _address(kind.SUPPORTED_MARKETS[market], settings.scanning.base_url)
            found.append(Question(f"{name}_{market}", url, headers, scanner))
    return found


def screener_class() -> Any:
    """The package's `Screener`, None where the package isn't there."""
    try:
        return import_module(MODULE).Screener
    except ImportError:
        return None


def version() -> str:
    """The package's version, `unknown` where it was installed without saying."""
    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        return "unknown"


def _address(known: str, base: str) -> str:
    """The market's address, at another place where the settings name one."""
    own = http_address(known)
    if not base:
        return known
    place = http_address(base)
    return own._replace(scheme=place.scheme, netloc=place.netloc, path=f"{place.path.rstrip('/')}{own.path}").geturl()
