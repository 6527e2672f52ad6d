"""For tests of what you add: Hypothesis strategies for inputs as bad as real ones, and a check of a factor in one call.

Needs `hypothesis`, which is imported with the first name that is asked for. Nothing of a run imports this.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

if TYPE_CHECKING:
    from tradingview_scraper.pipelines.selection.drivers.testing.factor_check import check_factor
    from tradingview_scraper.pipelines.selection.drivers.testing.generated_inputs import pools, returns
    from tradingview_scraper.pipelines.selection.drivers.testing.generated_settings import (
        changed_settings,
        setting_changes,
    )

_HOMES = {
    "check_factor": "factor_check",
    "pools": "generated_inputs",
    "returns": "generated_inputs",
    "changed_settings": "generated_settings",
    "setting_changes": "generated_settings",
}

__all__ = ["changed_settings", "check_factor", "pools", "returns", "setting_changes"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    try:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name != "hypothesis":
            raise
        raise ConfigurationError(f"{name} generates its inputs with hypothesis: pip install hypothesis") from None


def __dir__() -> list[str]:
    return sorted(__all__)
