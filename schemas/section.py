"""`Section`: the base of every settings model, and what none of them takes for a number."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidatorFunctionWrapHandler, field_validator

LARGEST = 10**9
"""Days, rows or places: more are a slip, and too many for a date or for the memory."""


class Section(BaseModel):
    """Base of every settings model: frozen, closed, silent about the values it refuses."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @field_validator("*", mode="wrap")
    @classmethod
    def _no_slip(cls, value: Any, read: ValidatorFunctionWrapHandler) -> Any:
        """`true` is no number, and a whole number has at most nine digits and a bit."""
        found = read(value)
        _refuse_slip(value, found)
        return found


def _refuse_slip(given: Any, found: Any, name: str = "") -> None:
    if isinstance(found, Mapping) and isinstance(given, Mapping):
        for entry, each in found.items():
            _refuse_slip(given.get(entry), each, f"{entry} ")
    elif isinstance(found, tuple) and isinstance(given, list | tuple):
        for one, other in zip(given, found, strict=False):
            _refuse_slip(one, other)
    elif isinstance(given, bool) and isinstance(found, int | float) and not isinstance(found, bool):
        raise ValueError(f"{name}must be a number, got {str(given).lower()}")
    elif isinstance(found, int) and abs(found) > LARGEST:
        raise ValueError(f"{name}must be a whole number of at most {LARGEST:,}")
