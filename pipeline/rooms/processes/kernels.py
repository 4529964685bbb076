"""Typed access to numba, and the one way to look between pixels."""

from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
from jaxtyping import Float
from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def kernel(*, fastmath: bool = False) -> Callable[[Function], Function]:
    """Compile a function with numba when it is first called: no GIL, machine code kept beside its file.

    numba makes machine code anew when the file of a kernel changes, not when that of a kernel it calls does:
    after such a change delete ``__pycache__``.

    Args:
        fastmath: sums may be added up in any order.
    """

    def compiled(function: Function) -> Function:
        return cast(Function, njit(cache=True, nogil=True, fastmath=fastmath)(function))

    return compiled


@kernel(fastmath=True)
def bilinear(picture: Float[np.ndarray, "H W"], x: float, y: float) -> float:
    """Value of a picture between its pixels, for kernels; (x, y) and the pixels after it must lie within."""
    column, row = int(x), int(y)
    right, down = x - column, y - row
    top = picture[row, column] + (picture[row, column + 1] - picture[row, column]) * right
    bottom = picture[row + 1, column] + (picture[row + 1, column + 1] - picture[row + 1, column]) * right
    value: float = top + (bottom - top) * down
    return value
