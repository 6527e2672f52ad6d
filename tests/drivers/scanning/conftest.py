"""A scanner of 23 rows, three pages of ten."""

from collections.abc import Iterator

import pytest

from support.scanner import Scanner, rows, serving


@pytest.fixture
def scanner() -> Iterator[Scanner]:
    with serving(rows(23)) as server:
        yield server
