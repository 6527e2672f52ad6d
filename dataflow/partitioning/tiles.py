"""Symmetric matrices, tile by tile, in threads of our own; and the half of one that linkage takes.

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

Block = Callable[[slice, slice], np.ndarray]
"""The part of a symmetric matrix in some rows and columns."""


def symmetric(size: int, block: Block) -> np.ndarray:
    """The matrix (size, size) that `block` gives the parts of; of two mirror images only one is asked for.

    As many threads as BLAS may use. The same bits for any number of them if `block` gives the same ones wherever it is cut.
    """
    matrix = np.empty((size, size))
    parts = [slice(start, min(start + TILE, size)) for start in range(0, size, TILE)]

    def fill(rows: slice, columns: slice) -> None:
        part = block(rows, columns)
        matrix[rows, columns] = part
        matrix[columns, rows] = part.T

    pairs = [(rows, columns) for place, rows in enumerate(parts) for columns in parts[place:]]
    if len(pairs) <= 1:
        for rows, columns in pairs:
            fill(rows, columns)
        return matrix
    with _one_blas_thread() as allowed, ThreadPoolExecutor(allowed) as threads:
        # A thread doesn't know what NumPy is to be silent about (`numpy.errstate`) unless it is given the context.
        context = copy_context()
        filled = threads.map(lambda pair: context.copy().run(fill, *pair), pairs)
        # The list asks for every answer, so that an error of a tile is raised here.
        list(filled)
    return matrix


def condensed(matrix: np.ndarray) -> np.ndarray:
    """What lies above the diagonal, row by row, as SciPy's linkage takes it; `squareform` would copy the whole first."""
    return np.concatenate([row[place + 1 :] for place, row in enumerate(matrix)])


@contextmanager
def _one_blas_thread() -> Iterator[int]:
    """BLAS held to one thread; gives how many it was allowed."""
    libraries = ThreadpoolController().select(user_api="blas")
    allowed = max((library["num_threads"] for library in libraries.info()), default=os.cpu_count() or 1)
    with libraries.limit(limits=1):
        yield allowed
