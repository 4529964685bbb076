"""Patch synthesis in a hole: PatchMatch correspondences and voting, from coarse to fine.

Space-time completion (Wexler, Shechtman and Irani 2007) with the randomised search of PatchMatch (Barnes et al.
2009); where a texture repeats itself, offsets on its lattice are proposed and preferred (He and Sun 2012; Huang
et al. 2014).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int
from numba import njit
from scipy import ndimage

from pipeline.progress import Progress
from pipeline.rooms.inpainting.light import membrane

#: half the side of a patch, px; Barnes et al. 2009: patches of 7 x 7
RADIUS = 3
#: rounds of search and vote at the coarsest sizes, count; set by hand for time, effect not measured
_ROUNDS_COARSE = 8
#: and at the finest, count; set by hand for time, effect not measured
_ROUNDS_FINE = 2
#: sweeps of PatchMatch in a round, count; set by hand for time, effect not measured
_SWEEPS = 2
#: pictures are not halved below this, px of the shorter side; set by hand, effect not measured
_SMALLEST_PX = 20
#: fewer source patches make no texture, count; set by hand, effect not measured
_MIN_SOURCES = 30
#: sizes at most, count; by definition: a 32nd
_MOST_LEVELS = 6
#: factor and summand of the random numbers, none; Knuth's MMIX generator
_RANDOM = (np.uint64(6364136223846793005), np.uint64(1442695040888963407))
#: bits of a random number that are not used, count; by definition: the low ones of such a generator are poor
_LOW_BITS = np.uint64(33)
#: numbers that the others can form, count; by definition: 2 to the 31st
_RANDOM_RANGE = 2147483648.0
#: more than any cost, squared levels; by definition
_NO_COST = np.float32(1e12)
#: a pixel of the hole counts by this to the power of its distance from the border, ratio; Wexler et al. 2007
_FADING = 1.3
#: up to this distance, px; by definition: below _LEAST_FADED there
_FADING_PX = 20
#: and at least this much, share; set by hand, effect not measured
_LEAST_FADED = 0.05
#: how much worse a patch may be and still be heard half as loud, shares of the variance; set by hand, effect
#: not measured
_SOFTNESS = 0.02
#: and squared levels; set by hand, effect not measured
_LEAST_SOFTNESS = 0.05
#: the last vote is so much stricter, ratio; set by hand: the best patch decides almost alone
_LAST_SOFTNESS = 0.1
#: seeds of sizes and rounds are apart by these, none; by definition: primes
_SEED_STEPS = (1009, 31, 17)
#: a lattice holds so many multiples of an offset on either side, count; set by hand, more do not fit a picture
_MULTIPLES = 20


@dataclass(frozen=True)
class Texture:
    """What is synthesised from what.

    Attributes:
        values: colours; used where known.
        known: pixels with a value that patches may be taken from and are compared with.
        hole: pixels to fill; pixels that are neither known nor hole do not count.
        offsets: of a repeating texture, (dx, dy) in pixels; may be empty.
        locality: how much better a match must be to lie a picture's diagonal away, in squared value.
        preference: how much better a match must be to leave the lattice of ``offsets``, in squared value.
    """

    values: Float32[np.ndarray, "H W C"]
    known: Bool[np.ndarray, "H W"]
    hole: Bool[np.ndarray, "H W"]
    offsets: Int[np.ndarray, "K 2"]
    preference: float = 0.0
    locality: float = 0.0


@njit(cache=True, nogil=True, inline="always")
def _uniform(state):  # type: ignore[no-untyped-def]
    state[0] = state[0] * _RANDOM[0] + _RANDOM[1]
    return np.float64(state[0] >> _LOW_BITS) / _RANDOM_RANGE


@njit(cache=True, nogil=True, fastmath=True)
def _distance(values, weight, y, x, sy, sx, best):  # type: ignore[no-untyped-def]
    """Weighted mean squared difference of two patches; ``best`` or more as soon as it cannot be less."""
    height, width, channels = values.shape
    norm = np.float32(0.0)
    for dy in range(-RADIUS, RADIUS + 1):
        for dx in range(-RADIUS, RADIUS + 1):
            ty, tx = y + dy, x + dx
            if 0 <= ty < height and 0 <= tx < width:
                norm += weight[ty, tx]
    if norm <= 0.0:
        return np.float32(0.0)
    total, limit = np.float32(0.0), best * norm
    for dy in range(-RADIUS, RADIUS + 1):
        for dx in range(-RADIUS, RADIUS + 1):
            ty, tx = y + dy, x + dx
            if 0 <= ty < height and 0 <= tx < width and weight[ty, tx] > 0.0:
                square = np.float32(0.0)
                for c in range(channels):
                    difference = values[ty, tx, c] - values[sy + dy, sx + dx, c]
                    square += difference * difference
                total += weight[ty, tx] * square
        if total >= limit:
            return total / norm
    return total / norm


@njit(cache=True, nogil=True, fastmath=True)
def _extra(lattice, preference, locality, y, x, sy, sx):  # type: ignore[no-untyped-def]
    """What a source costs for where it lies: off the lattice, far away."""
    height, width = lattice.shape[0] // 2, lattice.shape[1] // 2
    away = np.float32((sy - y) ** 2 + (sx - x) ** 2) / np.float32(height * height + width * width)
    extra = locality * np.sqrt(away)
    if preference > 0.0 and not lattice[sy - y + height, sx - x + width]:
        extra += preference
    return extra


@njit(cache=True, nogil=True, fastmath=True)
def _try(values, weight, source, lattice, preference, locality, field, cost, y, x, sy, sx):  # type: ignore[no-untyped-def]
    """Take a source if it is better."""
    height, width = source.shape
    if sy < 0 or sx < 0 or sy >= height or sx >= width or not source[sy, sx]:
        return
    if sy == field[y, x, 0] and sx == field[y, x, 1]:
        return
    extra = _extra(lattice, preference, locality, y, x, sy, sx)
    if extra >= cost[y, x]:
        return
    found = _distance(values, weight, y, x, sy, sx, cost[y, x] - extra) + extra
    if found < cost[y, x]:
        cost[y, x] = found
        field[y, x, 0], field[y, x, 1] = sy, sx


@njit(cache=True, nogil=True, fastmath=True)
def _search(  # type: ignore[no-untyped-def]
    values, weight, source, sources, targets, offsets, lattice, preference, locality, field, cost, seed, sweeps
):
    """PatchMatch sweeps over the target pixels: propagate, propose lattice offsets, search at random."""
    height, width = source.shape
    state = np.zeros(1, np.uint64)
    state[0] = np.uint64(seed)
    for n in range(len(targets)):
        y, x = targets[n]
        if field[y, x, 0] < 0 or not source[field[y, x, 0], field[y, x, 1]]:
            pick = int(_uniform(state) * len(sources))
            field[y, x, 0], field[y, x, 1] = sources[pick, 0], sources[pick, 1]
        sy, sx = field[y, x]
        extra = _extra(lattice, preference, locality, y, x, sy, sx)
        cost[y, x] = _distance(values, weight, y, x, sy, sx, _NO_COST) + extra
    for sweep in range(sweeps):
        step = -1 if sweep % 2 == 0 else 1
        for n in range(len(targets)):
            y, x = targets[n] if sweep % 2 == 0 else targets[len(targets) - 1 - n]
            for way in range(2):
                ny, nx = (y + step, x) if way == 0 else (y, x + step)
                if 0 <= ny < height and 0 <= nx < width and field[ny, nx, 0] >= 0:
                    sy, sx = field[ny, nx, 0] + y - ny, field[ny, nx, 1] + x - nx
                    _try(values, weight, source, lattice, preference, locality, field, cost, y, x, sy, sx)
            if len(offsets) > 0:
                for _ in range(2):
                    k = int(_uniform(state) * len(offsets))
                    times = 1 + int(_uniform(state) * 3)
                    sy, sx = y + times * offsets[k, 1], x + times * offsets[k, 0]
                    _try(values, weight, source, lattice, preference, locality, field, cost, y, x, sy, sx)
            pick = int(_uniform(state) * len(sources))
            sy, sx = sources[pick, 0], sources[pick, 1]
            _try(values, weight, source, lattice, preference, locality, field, cost, y, x, sy, sx)
            radius = max(height, width) // 2
            while radius >= 1:
                sy = field[y, x, 0] + int((2.0 * _uniform(state) - 1.0) * radius)
                sx = field[y, x, 1] + int((2.0 * _uniform(state) - 1.0) * radius)
                _try(values, weight, source, lattice, preference, locality, field, cost, y, x, sy, sx)
                radius //= 3


@njit(cache=True, nogil=True, fastmath=True)
def _vote(values, hole, targets, field, cost, softness, reach):  # type: ignore[no-untyped-def]
    """Every patch votes for the hole pixels within ``reach`` of its centre; the better it fits, the louder."""
    height, width, channels = values.shape
    sums = np.zeros((height, width, channels), np.float32)
    weights = np.zeros((height, width), np.float32)
    for n in range(len(targets)):
        y, x = targets[n]
        sy, sx = field[y, x]
        loud = np.float32(1.0) / (cost[y, x] + softness) ** 2
        for dy in range(-reach, reach + 1):
            for dx in range(-reach, reach + 1):
                ty, tx = y + dy, x + dx
                if 0 <= ty < height and 0 <= tx < width and hole[ty, tx]:
                    for c in range(channels):
                        sums[ty, tx, c] += loud * values[sy + dy, sx + dx, c]
                    weights[ty, tx] += loud
    for y in range(height):
        for x in range(width):
            if hole[y, x] and weights[y, x] > 0.0:
                for c in range(channels):
                    values[y, x, c] = sums[y, x, c] / weights[y, x]


def synthesize(texture: Texture, seed: int, progress: Progress) -> Float32[np.ndarray, "H W C"] | None:
    """Fill the hole of a texture with its own patches; ``None`` where too little of it is known for a patch."""
    levels = [texture]
    while len(levels) < _MOST_LEVELS and _worth_halving(levels[-1]):
        levels.append(_half(levels[-1]))
    while levels and int(_sources(levels[-1].known).sum()) < _MIN_SOURCES:
        levels.pop()
    if not levels:
        return None
    field: Int[np.ndarray, "H W 2"] | None = None
    values: Float32[np.ndarray, "H W C"] | None = None
    total = sum(level.hole.sum() for level in levels)
    done = 0.0
    for depth, level in reversed(list(enumerate(levels))):
        share = float(level.hole.sum() / total)
        field, values = _level(level, field, values, seed + depth, depth, progress.part(done, done + share))
        done = min(done + share, 1.0)
    return values


def _worth_halving(texture: Texture) -> bool:
    if min(texture.hole.shape) < 2 * _SMALLEST_PX:
        return False
    inner = ndimage.distance_transform_edt(np.pad(texture.hole, 1))
    return float(inner.max()) > RADIUS + 1


def _half(texture: Texture) -> Texture:
    height, width = texture.hole.shape
    odd = ((0, height % 2), (0, width % 2))

    def blocks(array: np.ndarray) -> np.ndarray:
        padded = np.pad(array, odd + ((0, 0),) * (array.ndim - 2))
        return np.asarray(sum(padded[i::2, j::2].astype(np.float32) for i in (0, 1) for j in (0, 1)))

    known = blocks(texture.known)
    values = blocks(np.where(texture.known[..., None], texture.values, 0.0)) / np.maximum(known, 1.0)[..., None]
    hole = blocks(texture.hole) > 0
    offsets = np.unique(np.rint(texture.offsets / 2.0).astype(np.int64), axis=0)
    offsets = offsets[(np.abs(offsets).max(axis=1) > 1)] if len(offsets) else offsets
    return Texture(
        values.astype(np.float32), (known >= 2) & ~hole, hole, offsets, texture.preference, texture.locality
    )


def _sources(known: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    side = 2 * RADIUS + 1
    return np.asarray(ndimage.binary_erosion(known, np.ones((side, side), dtype=bool), border_value=0))


def _level(
    texture: Texture,
    field: Int[np.ndarray, "h w 2"] | None,
    coarse: Float32[np.ndarray, "h w C"] | None,
    seed: int,
    depth: int,
    progress: Progress,
) -> tuple[Int[np.ndarray, "H W 2"], Float32[np.ndarray, "H W C"]]:
    """Search and vote a few times at one size."""
    source = _sources(texture.known)
    weight, targets = _weights(texture)
    values, matches = _start(texture, source, field, coarse)
    cost = np.zeros(texture.hole.shape, dtype=np.float32)
    softness = np.float32(_SOFTNESS * float(texture.values[texture.known].var()) + _LEAST_SOFTNESS)
    preference = np.float32(texture.preference if len(texture.offsets) else 0.0)
    lattice, offsets = _lattice(texture.offsets, texture.hole.shape), texture.offsets.astype(np.int64)
    taken_from = (source, np.argwhere(source).astype(np.int64))
    costs = (offsets, lattice, preference, np.float32(texture.locality))
    rounds = min(_ROUNDS_FINE + 2 * depth, _ROUNDS_COARSE)
    of_size, of_round, first = _SEED_STEPS
    for number in range(rounds):
        progress(number / rounds, "synthesising texture")
        state = seed * of_size + number * of_round + first
        _search(values, weight, *taken_from, targets, *costs, matches, cost, state, _SWEEPS)
        last = depth == 0 and number == rounds - 1
        soft, reach = (softness * _LAST_SOFTNESS, 1) if last else (softness * 1.0, RADIUS)
        _vote(values, texture.hole, targets, matches, cost, soft, reach)
    return matches, values


def _weights(texture: Texture) -> tuple[Float32[np.ndarray, "H W"], Int[np.ndarray, "T 2"]]:
    """How much each pixel counts in comparing patches, and the pixels whose patches reach into the hole."""
    side = 2 * RADIUS + 1
    near = ndimage.binary_dilation(texture.hole, np.ones((side, side), dtype=bool))
    deep = ndimage.distance_transform_edt(texture.hole)
    faded = np.maximum(_FADING ** -np.minimum(deep, _FADING_PX), _LEAST_FADED)
    weight = np.where(texture.known, 1.0, np.where(texture.hole, faded, 0.0)).astype(np.float32)
    return weight, np.argwhere(near & (texture.known | texture.hole)).astype(np.int64)


def _start(
    texture: Texture,
    source: Bool[np.ndarray, "H W"],
    field: Int[np.ndarray, "h w 2"] | None,
    coarse: Float32[np.ndarray, "h w C"] | None,
) -> tuple[Float32[np.ndarray, "H W C"], Int[np.ndarray, "H W 2"]]:
    """Values and correspondences to begin with: those of the coarser size, where there is one."""
    if coarse is None or field is None:
        values = membrane(texture.values, texture.known, texture.known | texture.hole)
        return values, _nearest(source)
    height, width = shape = texture.hole.shape
    doubled = np.repeat(np.repeat(coarse, 2, axis=0), 2, axis=1)[:height, :width]
    values = np.where(texture.hole[..., None], doubled, texture.values).astype(np.float32)
    return values, _finer(field, shape)


def _nearest(source: Bool[np.ndarray, "H W"]) -> Int[np.ndarray, "H W 2"]:
    """Every pixel starts from the source patch nearest to it."""
    near = ndimage.distance_transform_edt(~source, return_distances=False, return_indices=True)
    return np.ascontiguousarray(np.moveaxis(near, 0, -1).astype(np.int64))


def _finer(field: Int[np.ndarray, "h w 2"], shape: tuple[int, int]) -> Int[np.ndarray, "H W 2"]:
    """Correspondences of the next finer size."""
    double = np.repeat(np.repeat(field, 2, axis=0), 2, axis=1)[: shape[0], : shape[1]]
    odd = np.stack(np.meshgrid(np.arange(shape[0]) % 2, np.arange(shape[1]) % 2, indexing="ij"), axis=-1)
    finer = np.where(double >= 0, 2 * double + odd, -1)
    finer[(finer >= np.array(shape)).any(axis=-1)] = -1
    return np.ascontiguousarray(finer)


def _lattice(offsets: Int[np.ndarray, "K 2"], shape: tuple[int, int]) -> Bool[np.ndarray, "2H 2W"]:
    """Which displacements (dy + H, dx + W) lie within a pixel of a multiple of an offset."""
    height, width = shape
    allowed = np.zeros((2 * height + 1, 2 * width + 1), dtype=bool)
    for dx, dy in offsets:
        times = np.arange(-_MULTIPLES, _MULTIPLES + 1)
        y, x = times * dy + height, times * dx + width
        inside = (y >= 0) & (x >= 0) & (y < allowed.shape[0]) & (x < allowed.shape[1])
        allowed[y[inside], x[inside]] = True
    return np.asarray(ndimage.binary_dilation(allowed, np.ones((3, 3), dtype=bool)))
