"""PatchMatch stereo of :mod:`pipeline.rooms.stereo.patchmatch` in PyTorch, for machines with a GPU.

The same search: the same hypotheses in the same order, from the same random numbers. Pixels of one colour of a
chequerboard look at pixels of the other only, so all of them are tried at once. In double precision the results
are those of the numba kernels up to rounding; in single precision, which GPUs are made for, some pixels choose
another of hypotheses that cost the same, most of them where no photo shows the place.

Shapes: S sources, P pixels, Q samples of a window.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Float, Float32, Int
from torch import Tensor
from torch.nn.functional import grid_sample

from pipeline.rooms.stereo.patchmatch import (
    CHANGES,
    DEPTH_CHANGE,
    DROPPED_BITS,
    INCREMENT,
    ITERATION_SEED,
    MOST_NEIGHBOURS,
    MOST_SLANT,
    MULTIPLIER,
    NEIGHBOURS,
    PIXEL_SEED,
    RANDOM_RANGE,
    SAME,
    SLANT_CHANGE,
    SMALL_CHANGE,
)
from pipeline.rooms.stereo.views import Search, StereoViews
from pipeline.rooms.stereo.windows import (
    BAD_COST,
    BORDER_PX,
    CONTRAST,
    INSIDE_PX,
    LEAST_DEVIATION,
    LEVELS,
    MOST_GEOMETRIC_PX,
    MOST_STRETCH,
    NO_TEXTURE,
    NOT_SEEN,
    RADIUS,
    STEP,
)

#: pixels tried at once, count; bounds the memory (about 300 MB for four sources in single precision)
_AT_ONCE: Final = 1 << 16


@dataclass(frozen=True)
class Comparison:
    """One photo and those that it is compared with, on one device and in one precision.

    Attributes:
        image: intensities of the photo, float32.
        sources: of the others, padded to one size.
        height, width: of each of the others, in pixels.
        warps, backs: into the others and back, see :meth:`pipeline.rooms.stereo.views.StereoViews.warp`.
        inverse_depth: of each of the others.
    """

    image: Float[Tensor, "H W"]
    sources: Float[Tensor, "S 1 h w"]
    height: Float[Tensor, "S 1"]
    width: Float[Tensor, "S 1"]
    warps: Float[Tensor, "S 3 4 1"]
    backs: Float[Tensor, "S 3 4 1"]
    inverse_depth: Float[Tensor, "S h w"]

    @classmethod
    def of(
        cls,
        views: StereoViews,
        index: int,
        sources: Int[np.ndarray, " S"],
        depths: Float32[np.ndarray, "N H W"],
        dtype: torch.dtype = torch.float32,
    ) -> "Comparison":
        """Photo ``index`` and ``sources`` on the device of ``views``; inverse depths of all photos."""
        height, width = views.sizes[index]
        warps, backs = views.warps(index, sources)
        rest = (
            views.grey[sources][:, None],
            views.sizes[sources][:, :1],
            views.sizes[sources][:, 1:],
            warps[..., None],
            backs[..., None],
            depths[sources],
        )
        image = tensor(views.grey[index, :height, :width], views.device)
        return cls(image, *(tensor(values, views.device, dtype) for values in rest))


@dataclass(frozen=True)
class _Hypothesis:
    """Planes through pixels: inverse depth and its gradient along x and y."""

    w: Float[Tensor, " P"]
    gx: Float[Tensor, " P"]
    gy: Float[Tensor, " P"]


@dataclass(frozen=True)
class _Windows:
    """Bilateral windows around pixels: values less their mean, and weights that add up to 1."""

    x: Int[Tensor, " P"]
    y: Int[Tensor, " P"]
    values: Float[Tensor, "P Q"]
    weights: Float[Tensor, "P Q"]
    deviation: Float[Tensor, " P"]


def tensor(values: np.ndarray, device: str, dtype: torch.dtype = torch.float32) -> Tensor:
    """A copy of an array on a device."""
    return torch.tensor(values, dtype=dtype, device=device)


def improve(
    shown: Comparison, search: Search, state: Float[Tensor, "H W 3"], cost: Float[Tensor, "H W"]
) -> None:
    """:func:`.patchmatch.sweep` on tensors, in place; their precision is used throughout."""
    height, width = cost.shape
    chunks = [_chequerboard(height, width, colour) for colour in range(2)]
    for iteration in range(-1, search.iterations):
        for y, x in (chunk for colour in chunks for chunk in colour):
            window = _windows(shown.image, y.to(cost.device), x.to(cost.device), state.dtype)
            textured = window.deviation >= LEAST_DEVIATION
            here = _Hypothesis(*state[window.y, window.x].unbind(-1))
            if iteration < 0:
                best = _cost(shown, search, window, here)
            else:
                best, here = _tried(shown, search, window, here, textured, iteration, state, cost)
                state[window.y, window.x] = torch.stack([here.w, here.gx, here.gy], dim=-1)
            cost[window.y, window.x] = torch.where(textured, best, BAD_COST).to(cost.dtype)


def match_planes(shown: Comparison, planes: Float[Tensor, "N 3"], out: Float[Tensor, "N h w"]) -> None:
    """:func:`pipeline.rooms.stereo.windows.plane_costs` on tensors: fills ``out``, every second pixel."""
    height, width = shown.image.shape
    for y, x in _every_second(height, width):
        window = _windows(shown.image, y.to(out.device), x.to(out.device), planes.dtype)
        for number, (gx, gy, rest) in enumerate(plane.unbind() for plane in planes.unbind()):
            w = gx * window.x + gy * window.y + rest
            costs = _match(shown, window, _Hypothesis(w, gx.expand_as(w), gy.expand_as(w)))
            mean = _better_half(costs)
            valid = (w > 1e-6) & (window.deviation >= LEAST_DEVIATION)
            out[number, window.y // 2, window.x // 2] = torch.where(valid, mean, NOT_SEEN).to(out.dtype)


def _chequerboard(height: int, width: int, colour: int) -> list[tuple[Int[Tensor, " P"], Int[Tensor, " P"]]]:
    return _pieces(np.nonzero(np.add.outer(np.arange(height), np.arange(width)) % 2 == colour))


def _every_second(height: int, width: int) -> list[tuple[Int[Tensor, " P"], Int[Tensor, " P"]]]:
    y, x = np.meshgrid(np.arange(0, height, 2), np.arange(0, width, 2), indexing="ij")
    return _pieces((y.ravel(), x.ravel()))


def _pieces(places: tuple[np.ndarray, ...]) -> list[tuple[Int[Tensor, " P"], Int[Tensor, " P"]]]:
    y, x = (torch.split(torch.from_numpy(part), _AT_ONCE) for part in places)
    return list(zip(y, x, strict=True))


def _offsets(device: torch.device) -> tuple[Int[Tensor, " Q"], Int[Tensor, " Q"]]:
    one = torch.arange(-RADIUS, RADIUS + 1, STEP, device=device)
    return one.repeat(len(one)), one.repeat_interleave(len(one))


def _windows(
    image: Float[Tensor, "H W"], y: Int[Tensor, " P"], x: Int[Tensor, " P"], dtype: torch.dtype
) -> _Windows:
    height, width = image.shape
    dx, dy = _offsets(image.device)
    values = image[(y[:, None] + dy).clamp(0, height - 1), (x[:, None] + dx).clamp(0, width - 1)]
    # grey levels are multiples of 1 / 255, so that this is at the edge of a level: it is rounded as in numba
    contrast = (values - image[y, x][:, None]).abs().double() * (LEVELS - 1)
    level = contrast.long().clamp_max(LEVELS - 1).to(dtype)
    away = (dx * dx + dy * dy).to(dtype) / (2.0 * RADIUS * RADIUS)
    weights = torch.exp(-(level + 0.5) / (LEVELS - 1) / CONTRAST - away)
    weights = weights / weights.sum(dim=1, keepdim=True)
    values = values.to(dtype)
    values = values - (weights * values).sum(dim=1, keepdim=True)
    return _Windows(x, y, values, weights, (weights * values * values).sum(dim=1).sqrt())


def _match(shown: Comparison, window: _Windows, plane: _Hypothesis) -> Float[Tensor, "S P"]:
    """1 - weighted NCC of every window with its image in every source; :data:`NOT_SEEN` outside of it."""
    x, y = window.x, window.y
    u, v, z = _projected(shown.warps, x, y, plane.w)
    inverse = 1.0 / z.clamp_min(1e-6)
    along_x, along_y = (
        [shown.warps[:, row, column] + shown.warps[:, row, 3] * g for row in range(3)]
        for column, g in ((0, plane.gx), (1, plane.gy))
    )
    ux, vx = ((along_x[k] - at * along_x[2]) * inverse for k, at in ((0, u), (1, v)))
    uy, vy = ((along_y[k] - at * along_y[2]) * inverse for k, at in ((0, u), (1, v)))
    stretch = torch.maximum(ux.abs() + uy.abs(), vx.abs() + vy.abs())
    seen = (z > 1e-6) & (stretch <= MOST_STRETCH)
    seen &= (u >= 0) & (v >= 0) & (u < shown.width - BORDER_PX) & (v < shown.height - BORDER_PX)
    dx, dy = _offsets(u.device)
    at = torch.stack(
        [
            _inside(u[..., None] + ux[..., None] * dx + uy[..., None] * dy, shown.width),
            _inside(v[..., None] + vx[..., None] * dx + vy[..., None] * dy, shown.height),
        ],
        dim=-1,
    )
    size = at.new_tensor([max(n - 1, 1) for n in (shown.sources.shape[3], shown.sources.shape[2])])
    values = grid_sample(
        shown.sources, 2.0 * at / size - 1.0, mode="bilinear", padding_mode="border", align_corners=True
    )[:, 0]
    mean = (window.weights * values).sum(dim=2)
    square = (window.weights * values * values).sum(dim=2)
    cross = (window.weights * values * window.values).sum(dim=2)
    spread = (square - mean * mean).clamp_min(0.0).sqrt()
    cost = (1.0 - cross / (window.deviation * spread + NO_TEXTURE)).clamp_max(BAD_COST)
    return torch.where(seen, cost, NOT_SEEN)


def _inside(places: Float[Tensor, "S P Q"], size: Float[Tensor, "S 1"]) -> Float[Tensor, "S P Q"]:
    return torch.minimum(places, size[..., None] - INSIDE_PX).clamp_min(0.0)


def _projected(
    warps: Float[Tensor, "S 3 4 1"], x: Tensor, y: Tensor, w: Tensor
) -> tuple[Float[Tensor, "S P"], Float[Tensor, "S P"], Float[Tensor, "S P"]]:
    """Pixels in every source, and depth there in depths here (0 or less: behind it, pixels without meaning)."""
    a, b, z = (warps[:, k, 0] * x + warps[:, k, 1] * y + warps[:, k, 2] + warps[:, k, 3] * w for k in range(3))
    ahead = z.clamp_min(1e-6)
    return a / ahead, b / ahead, z


def _geometric_px(shown: Comparison, window: _Windows, w: Float[Tensor, " P"]) -> Float[Tensor, "S P"]:
    """Forward-backward reprojection error against each source's own inverse depth, at most 3 pixels."""
    u, v, z = _projected(shown.warps, window.x, window.y, w)
    column, row = ((at + 0.5).trunc() for at in (u, v))
    seen = (z > 1e-6) & (column >= 0) & (row >= 0) & (column < shown.width) & (row < shown.height)
    column, row = (torch.where(seen, at, 0.0).long() for at in (column, row))
    source = torch.arange(len(u), device=u.device)[:, None]
    bu, bv, bz = _projected(shown.backs, u, v, shown.inverse_depth[source, row, column])
    error = torch.hypot(bu - window.x, bv - window.y).clamp_max(MOST_GEOMETRIC_PX)
    return torch.where(seen & (bz > 1e-6), error, MOST_GEOMETRIC_PX)


def _cost(shown: Comparison, search: Search, window: _Windows, plane: _Hypothesis) -> Float[Tensor, " P"]:
    """Mean of the best sources."""
    costs = _match(shown, window, plane).clamp_max(BAD_COST)
    if search.geometric > 0.0:
        costs = costs + search.geometric * _geometric_px(shown, window, plane.w)
    return costs.sort(dim=0).values[: search.keep].mean(dim=0)


def _better_half(costs: Float[Tensor, "S P"]) -> Float[Tensor, " P"]:
    """Mean cost of the better half of the sources that show the plane; :data:`NOT_SEEN` where none does."""
    seen = (costs <= BAD_COST).sum(dim=0)
    keep = (seen + 1) // 2
    rank = torch.arange(len(costs), device=costs.device)[:, None]
    total = torch.where(rank < keep, costs.sort(dim=0).values, 0.0).sum(dim=0)
    return torch.where(seen > 0, total / keep.clamp_min(1), NOT_SEEN)


def _tried(
    shown: Comparison,
    search: Search,
    window: _Windows,
    here: _Hypothesis,
    textured: Tensor,
    iteration: int,
    state: Float[Tensor, "H W 3"],
    cost: Float[Tensor, "H W"],
) -> tuple[Float[Tensor, " P"], _Hypothesis]:
    """Best cost and hypothesis of every pixel after its neighbours' and random ones."""
    best = cost[window.y, window.x].to(state.dtype)
    random = _Random(search.seed + ITERATION_SEED * (iteration + 2), window, cost.shape[1])
    for trial in range(search.neighbours + CHANGES):
        if trial < search.neighbours:
            tried, allowed = _neighbour(window, here, NEIGHBOURS[trial], state)
        else:
            tried = _changed(here, search, trial - search.neighbours, iteration, random)
            allowed = torch.ones_like(textured)
        allowed &= (tried.w >= search.w_range[0]) & (tried.w <= search.w_range[1])
        allowed &= torch.maximum(tried.gx.abs(), tried.gy.abs()) <= MOST_SLANT * tried.w
        value = _cost(shown, search, window, tried)
        better = textured & allowed & (value < best)
        best = torch.where(better, value, best)
        here = _Hypothesis(
            *(torch.where(better, getattr(tried, n), getattr(here, n)) for n in ("w", "gx", "gy"))
        )
    return best, here


def _neighbour(
    window: _Windows, here: _Hypothesis, offset: tuple[int, int], state: Float[Tensor, "H W 3"]
) -> tuple[_Hypothesis, Tensor]:
    """The neighbour's plane at the pixel, and where there is one that differs from the pixel's own."""
    height, width = state.shape[:2]
    x, y = window.x + offset[0], window.y + offset[1]
    there = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    w, gx, gy = state[y.clamp(0, height - 1), x.clamp(0, width - 1)].unbind(-1)
    w = w - gx * offset[0] - gy * offset[1]
    slant = (gx - here.gx).abs() + (gy - here.gy).abs()
    same = ((w - here.w).abs() < SAME * here.w) & (slant < SAME * here.w)
    return _Hypothesis(w, gx, gy), there & ~same


def _changed(here: _Hypothesis, search: Search, kind: int, iteration: int, random: "_Random") -> _Hypothesis:
    """A random change of the depth (kind 0), of depth and slant (1), or of everything (2)."""
    scale = 0.5 ** (iteration + 1) * (DEPTH_CHANGE if kind == 0 else SMALL_CHANGE)
    w = here.w * (1.0 + scale * random.signed(here.w))
    if kind == 1:
        gx = here.gx + here.w * SLANT_CHANGE * scale * random.signed(here.w)
        return _Hypothesis(w, gx, here.gy + here.w * SLANT_CHANGE * scale * random.signed(here.w))
    if kind == 2 and (iteration == 0 or search.neighbours == MOST_NEIGHBOURS):
        low, high = search.w_range
        flat = torch.zeros_like(w)
        return _Hypothesis(low + (high - low) * random.uniform(here.w), flat, flat)
    return _Hypothesis(w, here.gx, here.gy)


class _Random:
    """The random numbers of the numba kernel: a linear congruence modulo 2^64 for every pixel."""

    def __init__(self, seed: int, window: _Windows, width: int) -> None:
        self._state = seed + PIXEL_SEED * (window.y * width + window.x)
        self._advance()

    def _advance(self) -> None:
        self._state = self._state * MULTIPLIER + INCREMENT

    def uniform(self, like: Tensor) -> Float[Tensor, " P"]:
        """Numbers from 0 to 1, in the precision of ``like``."""
        self._advance()
        return ((self._state >> DROPPED_BITS) & (int(RANDOM_RANGE) - 1)).to(like.dtype) / RANDOM_RANGE

    def signed(self, like: Tensor) -> Float[Tensor, " P"]:
        """Numbers from -1 to 1, in the precision of ``like``."""
        return 2.0 * self.uniform(like) - 1.0
