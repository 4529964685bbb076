"""PatchMatch stereo with slanted windows (after Bleyer et al. 2011; Xu and Tao 2019), numba on the CPU.

The state of a pixel is a plane in *linear inverse depth*: ``w(q) = w + gx (qx - x) + gy (qy - y)``. A plane of
the room is exactly of this form in every photo, so planes of other photos and of the room can be proposed as
they are. One call works on one thread and releases the GIL; results do not depend on the number of threads.
"""

from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Float, UInt64

from pipeline.rooms.processes import kernel
from pipeline.rooms.stereo.windows import (
    BAD_COST,
    LEAST_DEVIATION,
    Grey,
    Plane,
    Sources,
    Window,
    cut,
    empty_window,
    geometric_px,
    match,
)

#: difference of inverse depths that is not worth a comparison, share; set by hand, effect not measured
SAME: Final = 3e-4
#: pixels (x, y) whose hypotheses are tried, px; set by hand: all of the other colour of a chequerboard
NEIGHBOURS: Final = ((1, 0), (-1, 0), (0, 1), (0, -1), (5, 0), (-5, 0), (0, 5), (0, -5))
#: neighbours at most, count; by definition
MOST_NEIGHBOURS: Final = 8
#: random changes of a hypothesis: of depth, of depth and slant, of everything, count; by definition
CHANGES: Final = 3
#: first random change of the depth, share; halved in each iteration, set by hand, effect not measured
DEPTH_CHANGE: Final = 0.3
#: the same where the slant changes as well, share; set by hand, effect not measured
SMALL_CHANGE: Final = 0.08
#: first random change of the slant for a change of depth of 1, inverse depths per px; set by hand, effect not
#: measured
SLANT_CHANGE: Final = 0.2
#: steepest slant, inverse depths per px; set by hand, effect not measured
MOST_SLANT: Final = 0.08
#: difference of the seeds of two iterations, none; a prime
ITERATION_SEED: Final = 7919
#: difference of the seeds of two pixels, none; a prime
PIXEL_SEED: Final = 104729
#: linear congruence modulo 2^64, none; Knuth, "The art of computer programming", volume 2 (MMIX)
MULTIPLIER: Final = 6364136223846793005
#: its increment, none; Knuth (MMIX)
INCREMENT: Final = 1442695040888963407
#: bits of its numbers that are dropped, count; the low ones are less random
DROPPED_BITS: Final = 33
#: numbers that are left, count; by definition
RANDOM_RANGE: Final = 2147483648.0

Random = UInt64[np.ndarray, "1"]
State = Float[np.ndarray, "H W 3"]


class Trials(NamedTuple):
    """Which hypotheses one pass tries: its number, neighbours (4 or 8), range of inverse depths, and seed."""

    iteration: int
    neighbours: int
    low: float
    high: float
    seed: int


@kernel()
def _uniform(random: Random) -> float:
    """The next number from 0 to 1."""
    random[0] = random[0] * np.uint64(MULTIPLIER) + np.uint64(INCREMENT)
    return np.float64(random[0] >> np.uint64(DROPPED_BITS)) / RANDOM_RANGE


@kernel()
def _signed(random: Random) -> float:
    """The next number from -1 to 1."""
    return 2.0 * _uniform(random) - 1.0


@kernel(fastmath=True)
def _cost(others: Sources, x: int, y: int, plane: Plane, window: Window, deviation: float) -> float:
    """Mean of the best sources."""
    costs = window.costs
    for k in range(others.photos.size):
        cost = min(match(others, k, x, y, plane, window, deviation), BAD_COST)
        if others.geometric > 0.0:
            cost += others.geometric * geometric_px(others, k, x, y, plane.w)
        # insertion into the sorted list
        j = k
        while j > 0 and costs[j - 1] > cost:
            costs[j] = costs[j - 1]
            j -= 1
        costs[j] = cost
    total = 0.0
    for k in range(others.keep):
        total += costs[k]
    return total / others.keep


@kernel(fastmath=True)
def _of_neighbour(state: State, x: int, y: int, trial: int, here: Plane) -> tuple[bool, Plane]:
    """A neighbour's plane at the pixel, and whether there is one that differs from the pixel's own."""
    height, width = state.shape[:2]
    nx, ny = x + NEIGHBOURS[trial][0], y + NEIGHBOURS[trial][1]
    if nx < 0 or ny < 0 or nx >= width or ny >= height:
        return False, here
    gx, gy = state[ny, nx, 1], state[ny, nx, 2]
    w = state[ny, nx, 0] + gx * (x - nx) + gy * (y - ny)
    slant = abs(gx - here.gx) + abs(gy - here.gy)
    same = abs(w - here.w) < SAME * here.w and slant < SAME * here.w
    return not same, Plane(w, gx, gy)


@kernel(fastmath=True)
def _changed(
    here: Plane, change: int, iteration: int, anew: bool, low: float, high: float, random: Random
) -> Plane:
    """A random change of the depth (``change`` 0), of depth and slant (1), or (2, where ``anew``) any depth."""
    scale = 0.5 ** (iteration + 1) * (DEPTH_CHANGE if change == 0 else SMALL_CHANGE)
    w, gx, gy = here.w * (1.0 + scale * _signed(random)), here.gx, here.gy
    if change == 1:
        gx += here.w * SLANT_CHANGE * scale * _signed(random)
        gy += here.w * SLANT_CHANGE * scale * _signed(random)
    elif change == 2 and anew:
        w, gx, gy = low + (high - low) * _uniform(random), 0.0, 0.0
    return Plane(w, gx, gy)


@kernel(fastmath=True)
def _improve(
    others: Sources,
    how: Trials,
    x: int,
    y: int,
    window: Window,
    deviation: float,
    random: Random,
    state: State,
    cost: Grey,
) -> None:
    """Try the hypotheses of the neighbours and random changes at one pixel."""
    random[0] = np.uint64(
        how.seed + ITERATION_SEED * (how.iteration + 2) + PIXEL_SEED * (y * cost.shape[1] + x)
    )
    _uniform(random)
    here, best = Plane(state[y, x, 0], state[y, x, 1], state[y, x, 2]), float(cost[y, x])
    anew = how.iteration == 0 or how.neighbours == MOST_NEIGHBOURS
    for trial in range(how.neighbours + CHANGES):
        if trial < how.neighbours:
            worthwhile, tried = _of_neighbour(state, x, y, trial, here)
            if not worthwhile:
                continue
        else:
            change = trial - how.neighbours
            tried = _changed(here, change, how.iteration, anew, how.low, how.high, random)
        if not (tried.w >= how.low and tried.w <= how.high):
            continue
        if abs(tried.gx) > MOST_SLANT * tried.w or abs(tried.gy) > MOST_SLANT * tried.w:
            continue
        value = _cost(others, x, y, tried, window, deviation)
        if value < best:
            best, here = value, tried
    state[y, x, 0], state[y, x, 1], state[y, x, 2] = here.w, here.gx, here.gy
    cost[y, x] = best


@kernel(fastmath=True)
def sweep(image: Grey, others: Sources, how: Trials, state: State, cost: Grey) -> None:
    """Improve ``state`` and ``cost`` in one pass over all pixels, a chequerboard's colour after the other.

    ``how.iteration`` -1 gives the states that there are their cost. ``state`` (H, W, 3) is w, gx, gy.
    """
    height, width = cost.shape
    window, random = empty_window(others.photos.size), np.zeros(1, np.uint64)
    for colour in range(2):
        for y in range(height):
            for x in range((y + colour) % 2, width, 2):
                deviation = cut(image, x, y, window)
                if deviation < LEAST_DEVIATION:
                    cost[y, x] = BAD_COST
                elif how.iteration < 0:
                    here = Plane(state[y, x, 0], state[y, x, 1], state[y, x, 2])
                    cost[y, x] = _cost(others, x, y, here, window, deviation)
                else:
                    _improve(others, how, x, y, window, deviation, random, state, cost)
