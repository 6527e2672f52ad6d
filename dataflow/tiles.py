"""Symmetric matrices, tile by tile, in threads of our own: whole, or the half of one that linkage takes.

A tile and what is computed on the way to it fit into a processor's cache, so a matrix of any size needs hardly more memory than
itself; each tile stands for its mirror image, too. BLAS works with one thread meanwhile: its own threads wait by spinning.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context

import numpy as np
from threadpoolctl import ThreadpoolController

TILE = 256

Places = slice | np.ndarray
"""Rows or columns of a matrix."""
Block = Callable[[Places, Places], np.ndarray]
"""The part of a symmetric matrix in some rows and columns, a new array."""


def symmetric(size: int, block: Block) -> np.ndarray:
    """The matrix (size, size) that `block` gives the parts of; of two mirror images only one is asked for.

    The same bits for any number of threads if `block` gives the same ones wherever it is cut.
    """
    matrix = np.empty((size, size))

    def fill(rows: slice, columns: slice, part: np.ndarray) -> None:
        matrix[rows, columns] = part
        matrix[columns, rows] = part.T

    each_tile(size, block, fill)
    return matrix


def condensed(size: int, block: Block) -> np.ndarray:
    """What lies above the diagonal, row by row, as SciPy's linkage takes it; the other half is never there."""
    half = np.empty(size * (size - 1) // 2)
    before = row_starts(size)

    def fill(rows: slice, columns: slice, part: np.ndarray) -> None:
        for row in range(rows.start, rows.stop):
            first = max(row + 1, columns.start)
            half[before[row] + first : before[row] + columns.stop] = part[row - rows.start, first - columns.start :]

    each_tile(size, block, fill)
    return half


def row_starts(size: int) -> np.ndarray:
    """Per row what to add to a column beyond the diagonal to get its place in the condensed half."""
    row = np.arange(size)
    return row * size - row * (row + 1) // 2 - row - 1


def each_tile(size: int, block: Block, use: Callable[[slice, slice, np.ndarray], None]) -> None:
    """Hand each tile on or above the diagonal to `use`, in as many threads as BLAS may use and in no order."""
    parts = [slice(start, min(start + TILE, size)) for start in range(0, size, TILE)]
    pairs = [(rows, columns) for place, rows in enumerate(parts) for columns in parts[place:]]
    # A thread doesn't know what NumPy is to be silent about (`numpy.errstate`) unless it is given the context.
    context = copy_context()

    def used(pair: tuple[slice, slice]) -> None:
        part = context.copy().run(block, *pair)
        use(*pair, part)

    with _one_blas_thread() as allowed:
        if len(pairs) <= 1:  # it needs no thread of ours
            list(map(used, pairs))
            return
        with ThreadPoolExecutor(allowed) as threads:
            # The list asks for every answer, so that an error of a tile is raised here.
            list(threads.map(used, pairs))


@contextmanager
def _one_blas_thread() -> Iterator[int]:
    """BLAS held to one thread; gives how many it was allowed."""
    libraries = ThreadpoolController().select(user_api="blas")
    allowed = max((library["num_threads"] for library in libraries.info()), default=os.cpu_count() or 1)
    with libraries.limit(limits=1):
        yield allowed
