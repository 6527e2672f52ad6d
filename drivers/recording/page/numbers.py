"""Columns of numbers for the run page: rounded for people, each held once."""

from collections.abc import Iterable

import numpy as np

DIGITS = 6


class Columns:
    """Columns of numbers, each held once."""

    def __init__(self) -> None:
        self.values: list[list[float | int | None]] = []
        self._places: dict[bytes, int] = {}

    def add(self, values: np.ndarray, exact: np.ndarray | None = None) -> int:
        """The place of a column; `exact` marks what must not be rounded."""
        column = np.ascontiguousarray(values, dtype=np.float64)
        key = column.tobytes()
        if key not in self._places:
            self._places[key] = len(self.values)
            self.values.append(rounded(column.tolist(), [] if exact is None else np.flatnonzero(exact)))
        return self._places[key]


def rounded(values: list[float], exact: Iterable[int] = (), digits: int = DIGITS) -> list[float | int | None]:
    """Numbers to so many digits, whole ones as integers, NaN as None; those at `exact` as they are."""
    short: list[float | int | None] = [_short(float(f"{value:.{digits}g}")) for value in values]
    for place in exact:
        short[place] = _short(values[place])
    return short


def _short(value: float) -> float | int | None:
    if value != value:
        return None
    return int(value) if value.is_integer() and abs(value) < 1e15 else value
