"""What a photo says about the boundaries and the faces of a box room, given the room's axes.

- *Boundary evidence*: colour steps along lines to the three vanishing points, integrated along the line, so
  that a faint but straight wall corner counts and the grain of a wallpaper does not.
- *Facing evidence*: a soft orientation map (after Lee, Hebert and Kanade 2009): where lines to two vanishing
  points cross, the surface faces along the third axis.
- *Colour groups*, so that faces can be told apart by what they look like.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int32, UInt8
from numba import njit
from scipy import ndimage
from scipy.cluster.vq import kmeans2

from pipeline.rooms.axes import Segments

#: longer side at which evidence is gathered, px; set by hand, effect not measured
EVIDENCE_PX = 320
#: colour groups of a photo, count; set by hand, effect not measured
COLOUR_GROUPS = 12
#: rounds of grouping, count; set by hand, effect not measured
_ROUNDS = 8
#: weights of brightness and two colour differences while grouping, none; set by hand, effect not measured
_GROUP_WEIGHTS = (1.0, 2.0, 2.0)
#: noise that is added, so that a picture of few colours can be parted too, share of full light; below one level
_NOISE = 1e-4
#: blur of the gradients and of the colours that are grouped, px; set by hand, effect not measured
_BLUR_PX = (1.3, 2.0)
#: half the length along which colour steps are averaged, px; set by hand, effect not measured
_REACH_PX = 14
#: colour step that counts half, share of full light for each pixel; set by hand, effect not measured
_CONTRAST = 0.012
#: weight of the spread of steps along a line against their mean, none; set by hand, effect not measured
_UNSTEADY = 0.35
#: pixels nearer than this to a vanishing point have no line to it, px; set by hand, effect not measured
_AT_VANISHING_PX = 12.0
#: components of the normal of such a line, none; by definition, the root of a half
_DIAGONAL = 0.7
#: below this the vanishing point is taken to be infinitely far, none; only tells it from rounding
_FINITE = 1e-9
#: reach of a line's speaking for a facing, px; set by hand, effect not measured
_SPREAD_PX = 24.0
#: density of lines that counts half, share; set by hand, effect not measured
_DENSE = 0.02
#: weight of lines that run along an axis against facing it, none; set by hand, effect not measured
_CONTRARY = 0.6
#: window in which boundary evidence stands out, px; set by hand, effect not measured
_AROUND_PX = 17
#: share of the mean around that is taken off, so that the grain of surfaces does not count, share; set by hand,
#: effect not measured
_BUSY = 0.7
#: sine of the angle within which a line points to a vanishing point, sine; 3 degrees, set by hand, effect not
#: measured
_LIMIT = np.sin(np.deg2rad(3.0))
#: how many times, and how much, nearer to it than to another one, ratio and sine; set by hand, effect not
#: measured
_CLEARLY = (1.5, 0.01)


@dataclass(frozen=True)
class Steps:
    """Gradients of brightness and two colour differences, and colour groups; the same for every frame."""

    gradient: Float32[np.ndarray, "H W 3 2"]
    groups: Int32[np.ndarray, "H W"]


@dataclass(frozen=True)
class Evidence:
    """For one frame.

    Attributes:
        boundary: evidence (0 to 1) for a boundary between two faces that runs along each axis.
        across: unit normal of a line to each vanishing point, absolute values of x and y.
        facing: how much a surface seems to face along each axis, negative where lines run along that axis.
        groups: colour group of every pixel.
        every: step in pixels of the photo between its own pixels; the first lies half a step from the corner.
    """

    boundary: Float32[np.ndarray, "3 H W"]
    across: Float32[np.ndarray, "3 H W 2"]
    facing: Float32[np.ndarray, "3 H W"]
    groups: Int32[np.ndarray, "H W"]
    every: int = 1


def colour_steps(image: UInt8[np.ndarray, "H W 3"]) -> Steps:
    """Gradients and colour groups of a photo of :data:`EVIDENCE_PX`."""
    rgb = image.astype(np.float32) / 255.0
    mean = rgb.mean(axis=2)
    channels = np.stack([mean, rgb[..., 0] - rgb[..., 2], rgb[..., 1] - mean], axis=-1)
    gradient = np.zeros((*channels.shape, 2), np.float32)
    for c in range(3):
        for axis, order in ((0, (0, 1)), (1, (1, 0))):
            gradient[..., c, axis] = ndimage.gaussian_filter(
                channels[..., c], _BLUR_PX[0], order=order, mode="nearest"
            )
    soft = np.stack([ndimage.gaussian_filter(channels[..., c], _BLUR_PX[1]) for c in range(3)], axis=-1)
    scaled = (soft * np.array(_GROUP_WEIGHTS, np.float32)).reshape(-1, 3)
    scaled = scaled + np.random.default_rng(0).normal(0, _NOISE, scaled.shape)
    _, groups = kmeans2(scaled, COLOUR_GROUPS, iter=_ROUNDS, minit="++", seed=0)
    return Steps(gradient, groups.reshape(mean.shape).astype(np.int32))


def gather_evidence(
    steps: Steps,
    segments: Segments,
    axes: Float[np.ndarray, "3 3"],
    K: Float[np.ndarray, "3 3"],
    facing: Float32[np.ndarray, "3 H W"] | None = None,
    every: int = 1,
) -> Evidence:
    """Evidence for a frame.

    Args:
        steps: of the photo.
        segments: of the photo at the same size.
        axes: columns are the room's axes in camera axes.
        K: intrinsics at that size.
        facing: of a frame that sees almost the same picture, at full size.
        every: only for every second (2), third, ... pixel, to save time.
    """
    groups = np.ascontiguousarray(steps.groups[every // 2 :: every, every // 2 :: every])
    vanishing = np.ascontiguousarray((K @ axes).T)
    boundary = np.zeros((3, *groups.shape), np.float32)
    across = np.zeros((3, *groups.shape, 2), np.float32)
    for k in range(3):
        _integrate(steps.gradient, vanishing[k], every, boundary[k], across[k])
        around = ndimage.uniform_filter(boundary[k], (_AROUND_PX - 1) // every + 1, mode="nearest")
        boundary[k] = np.maximum(boundary[k] - _BUSY * around, 0.0)
    if facing is None:
        facing = _facing(segments, vanishing, steps.groups.shape)
    seen = np.ascontiguousarray(facing[:, every // 2 :: every, every // 2 :: every])
    return Evidence(boundary, across, seen, groups, every)


@njit(cache=True, nogil=True, fastmath=True)
def _integrate(gradient, vanishing, every, boundary, across):  # type: ignore[no-untyped-def]
    """Colour step across the line from every pixel to the vanishing point, averaged along the line."""
    height, width = gradient.shape[:2]
    for row in range(boundary.shape[0]):
        for column in range(boundary.shape[1]):
            y, x = row * every + every // 2, column * every + every // 2
            dx = vanishing[0] - x * vanishing[2]
            dy = vanishing[1] - y * vanishing[2]
            length = np.sqrt(dx * dx + dy * dy)
            at_point = length < _AT_VANISHING_PX * abs(vanishing[2])
            if length < 1e-6 or (abs(vanishing[2]) > _FINITE and at_point):
                across[row, column, 0] = _DIAGONAL
                across[row, column, 1] = _DIAGONAL
                continue
            dx, dy = dx / length, dy / length
            across[row, column, 0], across[row, column, 1] = abs(dy), abs(dx)
            total = np.zeros(3)
            squares = 0.0
            n = 0
            for step in range(-_REACH_PX, _REACH_PX + 1, 2):
                sx, sy = round(x + step * dx), round(y + step * dy)
                if sx < 0 or sy < 0 or sx >= width or sy >= height:
                    continue
                n += 1
                for c in range(3):
                    value = gradient[sy, sx, c, 1] * dx - gradient[sy, sx, c, 0] * dy
                    total[c] += value
                    squares += value * value
            mean2 = (total[0] ** 2 + total[1] ** 2 + total[2] ** 2) / (n * n)
            noise = max(squares / n - mean2, 0.0)
            boundary[row, column] = (
                np.sqrt(mean2 / (mean2 + _CONTRAST**2 + _UNSTEADY * noise)) if mean2 > 0 else 0.0
            )


def _facing(
    segments: Segments, vanishing: Float[np.ndarray, "3 3"], shape: tuple[int, ...]
) -> Float32[np.ndarray, "3 H W"]:
    """Soft orientation map."""
    mid, direction = segments.midpoint, segments.direction
    toward = vanishing[:, None, :2] - mid[None] * vanishing[:, None, 2:]
    toward /= np.maximum(np.linalg.norm(toward, axis=2, keepdims=True), 1e-9)
    sine = np.abs(toward[..., 0] * direction[:, 1] - toward[..., 1] * direction[:, 0])
    order, (times, more) = np.sort(sine, axis=0), _CLEARLY
    axis = np.where((order[0] < _LIMIT) & (order[1] > times * order[0] + more), np.argmin(sine, axis=0), -1)
    density = np.zeros((3, *shape), np.float32)
    for k in range(3):
        mine = np.flatnonzero(axis == k)
        half = 0.5 * segments.weight[mine] ** 2
        along = np.linspace(-1, 1, 2 * _REACH_PX) * half[:, None]
        xs = np.rint(mid[mine, :1] + along * direction[mine, :1]).astype(int).ravel()
        ys = np.rint(mid[mine, 1:] + along * direction[mine, 1:]).astype(int).ravel()
        inside = (xs >= 0) & (ys >= 0) & (xs < shape[1]) & (ys < shape[0])
        density[k, ys[inside], xs[inside]] = 1.0
        density[k] = ndimage.gaussian_filter(density[k], _SPREAD_PX / 2)
    density = density / (density + _DENSE)
    others = np.sqrt(np.roll(density, -1, axis=0) * np.roll(density, -2, axis=0))
    facing: Float32[np.ndarray, "3 H W"] = (others * (1 - density) - _CONTRARY * density).astype(np.float32)
    return facing
