"""Furniture of one photo in relief: blocks along the room's axes that stand on the floor against a wall.

A block is believed where the photo has edges along its rim (after Hedau, Hoiem and Forsyth, *Thinking inside
the box*, 2010). Its top and front get the photo's pixels; everything here is a guess and is marked as inferred.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8
from scipy import ndimage

from pipeline.rooms.box import gather_evidence, look
from pipeline.rooms.layout import LayoutBox

_HEIGHTS_M = (0.42, 0.52, 0.64, 0.78, 1.0, 1.5, 2.0)
_DEPTHS_M = (0.4, 0.55, 0.75, 1.0, 1.3, 1.65, 2.05)
_SPACING_M = 0.18
_WIDTHS_M = (0.5, 3.2)
_SAMPLES = 20
_LEAST_EVIDENCE = 0.22
#: doors, windows and curtains look like tall blocks too
_TALL_M, _TALL_WORTH = 1.2, 0.8
_LEAST_RIM, _LEAST_FOOT = 0.33, 0.25
_MOST = 5
_CLEAR_M = 0.35


@dataclass(frozen=True)
class Block:
    """One piece of furniture, relative to the camera in the room's axes (right, forward, up), metres."""

    low: Float[np.ndarray, "3"]
    high: Float[np.ndarray, "3"]
    score: float


@dataclass(frozen=True)
class Relief:
    """Depth of everything in a photo.

    Attributes:
        depth_m: z-depth of every pixel.
        standing: pixels that show a block in front of the box.
        blocks: pieces of furniture, surest first.
    """

    depth_m: Float[np.ndarray, "H W"]
    standing: Bool[np.ndarray, "H W"]
    blocks: tuple[Block, ...]


def relief_of(image: UInt8[np.ndarray, "H W 3"], box: LayoutBox) -> Relief:
    """Depth of a photo whose room is known: the box and the blocks in it.

    Args:
        image: photo.
        box: the room, in pixels of this photo.
    """
    height, width = image.shape[:2]
    blocks = find_blocks(image, box)
    xs, ys = np.meshgrid(np.arange(width), np.arange(height))
    rays = np.stack([xs, ys, np.ones_like(xs)], axis=-1) @ np.linalg.inv(box.K).T @ box.camera_from_room
    empty = box.depth_m(width, height)
    depth = empty.copy()
    for block in blocks:
        depth = np.minimum(depth, block_depth(block, rays))
    return Relief(depth, depth < empty - 0.02, tuple(blocks))


def block_depth(block: Block, rays: Float[np.ndarray, "... 3"]) -> Float[np.ndarray, "..."]:
    """Depth at which rays from the camera (of z-depth 1) enter a block, infinite where they miss it."""
    safe = np.where(np.abs(rays) < 1e-9, 1e-9, rays)
    one, two = block.low / safe, block.high / safe
    enter = np.minimum(one, two).max(axis=-1)
    leave = np.maximum(one, two).min(axis=-1)
    depth: Float[np.ndarray, ...] = np.where((enter > 0.05) & (enter < leave), enter, np.inf)
    return depth


def find_blocks(image: UInt8[np.ndarray, "H W 3"], box: LayoutBox) -> list[Block]:
    """Blocks whose rims the photo shows as edges, surest first, none standing in another."""
    photo = look(image)
    ratio = photo.width_px / image.shape[1]
    K = box.K.copy()
    K[:2] *= ratio
    K[:2, 2] += (ratio - 1) / 2
    evidence = gather_evidence(photo.steps, photo.segments, box.camera_from_room, K)
    # an edge may lie a little beside where the coarse grid of blocks puts it
    edges = np.stack([ndimage.maximum_filter(layer, 5) for layer in evidence.boundary])
    lows, highs, walls = _candidates(box)
    if len(lows) == 0:
        return []
    scores = _scores(lows, highs, walls, edges, K @ box.camera_from_room)
    found: list[Block] = []
    for index in np.argsort(-scores, kind="stable"):
        if scores[index] < _LEAST_EVIDENCE or len(found) == _MOST:
            break
        block = Block(lows[index], highs[index], float(scores[index]))
        if not any(_overlap(block, other) for other in found):
            found.append(block)
    return found


def _overlap(one: Block, two: Block) -> bool:
    shared = np.minimum(one.high, two.high)[:2] - np.maximum(one.low, two.low)[:2]
    return bool((shared > -0.05).all())


def _candidates(
    box: LayoutBox,
) -> tuple[Float[np.ndarray, "N 3"], Float[np.ndarray, "N 3"], np.ndarray]:
    """Corners of all usual blocks against the walls in view, and their wall (0 front, 1 left, 2 right).

    Tall blocks (wardrobes) are never deep.
    """
    front, left, right, floor, ceiling = box.distance_m
    lows, highs, walls = [], [], []
    for wall, distance in enumerate((front, left, right)):
        if not box.seen[wall] or distance < _DEPTHS_M[0] + _CLEAR_M:
            continue
        start, stop = (-left, right) if wall == 0 else (0.2, min(front, 7.0))
        ticks = np.arange(max(start, -4.0), min(stop, 7.0) + 0.5 * _SPACING_M, _SPACING_M)
        a, b, d, h = (g.ravel() for g in np.meshgrid(ticks, ticks, _DEPTHS_M, _HEIGHTS_M, indexing="ij"))
        kept = (b - a >= _WIDTHS_M[0]) & (b - a <= _WIDTHS_M[1]) & (d < distance - _CLEAR_M)
        kept &= (h < floor + ceiling - 0.1) & ((h < 1.2) | (d < 0.8))
        a, b, d, h = a[kept], b[kept], d[kept], h[kept]
        near, far = distance - d, np.full_like(d, distance)
        if wall == 0:
            low, high = (a, near), (b, far)
        elif wall == 1:
            low, high = (-far, a), (-near, b)
        else:
            low, high = (near, a), (far, b)
        lows.append(np.stack([*low, np.full_like(a, -floor)], axis=1))
        highs.append(np.stack([*high, h - floor], axis=1))
        walls.append(np.full(len(a), wall))
    if not lows:
        return np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0, int)
    return np.concatenate(lows), np.concatenate(highs), np.concatenate(walls)


def _scores(
    lows: Float[np.ndarray, "N 3"],
    highs: Float[np.ndarray, "N 3"],
    walls: np.ndarray,
    edges: Float32[np.ndarray, "3 H W"],
    project: Float[np.ndarray, "3 3"],
) -> Float[np.ndarray, " N"]:
    """Evidence for every block: mean along its rim, the more the longer the rim is in the picture."""
    scores = np.zeros(len(lows))
    for wall in range(3):
        mine = np.flatnonzero(walls == wall)
        for part in np.array_split(mine, max(1, len(mine) // 4000)):
            if len(part):
                scores[part] = _wall_scores(lows[part], highs[part], wall, edges, project)
    return scores


def _wall_scores(
    low: Float[np.ndarray, "N 3"],
    high: Float[np.ndarray, "N 3"],
    wall: int,
    edges: Float32[np.ndarray, "3 H W"],
    project: Float[np.ndarray, "3 3"],
) -> Float[np.ndarray, " N"]:
    along = 0 if wall == 0 else 1
    depth_axis = 1 - along
    face = high[:, depth_axis] if wall == 1 else low[:, depth_axis]
    back = low[:, depth_axis] if wall == 1 else high[:, depth_axis]

    def corner(at: np.ndarray, across: np.ndarray, z: np.ndarray) -> Float[np.ndarray, "N 3"]:
        point = np.zeros_like(low)
        point[:, along], point[:, depth_axis], point[:, 2] = at, across, z
        return point

    a, b, foot, top = low[:, along], high[:, along], low[:, 2], high[:, 2]
    fa, fb, ta, tb = corner(a, face, foot), corner(b, face, foot), corner(a, face, top), corner(b, face, top)
    ba, bb = corner(a, back, top), corner(b, back, top)
    rims = [
        (fa, fb, along),
        (ta, tb, along),
        (fa, ta, 2),
        (fb, tb, 2),
        (ta, ba, depth_axis),
        (tb, bb, depth_axis),
    ]
    size = float(sum(edges.shape[1:])) / 2
    total, length = np.zeros(len(low)), np.zeros(len(low))
    foot_mean = np.zeros(len(low))
    shown = np.ones(len(low), bool)
    for number, (start, stop, axis) in enumerate(rims):
        value, inside, pixels = _along(start, stop, edges[axis], project)
        visible = inside * pixels / size * ((top < -0.05) if number >= 4 else 1.0)
        total += value * visible
        length += visible
        if number == 0:
            foot_mean, shown = value, inside > 0.6
    mean = total / np.maximum(length, 1e-6)
    good = shown & (mean > _LEAST_RIM) & (foot_mean > _LEAST_FOOT) & (length > 0.25)
    worth = np.where(top - foot > _TALL_M, _TALL_WORTH, 1.0)
    scores: Float[np.ndarray, " N"] = np.where(good, worth * (mean - _LEAST_RIM + 0.1) * np.sqrt(length), 0.0)
    return scores


def _along(
    start: Float[np.ndarray, "N 3"],
    stop: Float[np.ndarray, "N 3"],
    edge: Float32[np.ndarray, "H W"],
    project: Float[np.ndarray, "3 3"],
) -> tuple[Float[np.ndarray, " N"], Float[np.ndarray, " N"], Float[np.ndarray, " N"]]:
    """Mean evidence along 3D lines, the share of each within the picture, and its length in pixels."""
    t = np.linspace(0.04, 0.96, _SAMPLES)[:, None, None]
    at = (start + t * (stop - start)) @ project.T
    z = at[..., 2]
    pixel = at[..., :2] / np.maximum(z, 0.05)[..., None]
    height, width = edge.shape
    x, y = np.rint(pixel[..., 0]), np.rint(pixel[..., 1])
    inside = (z > 0.1) & (x >= 0) & (y >= 0) & (x < width) & (y < height)
    rows, columns = np.clip(y, 0, height - 1).astype(int), np.clip(x, 0, width - 1).astype(int)
    count = inside.sum(axis=0)
    mean = (edge[rows, columns] * inside).sum(axis=0) / np.maximum(count, 1)
    step = np.linalg.norm(np.diff(pixel, axis=0), axis=-1)
    pixels = np.minimum((step * inside[1:]).sum(axis=0), float(height + width))
    return mean, count / _SAMPLES, pixels
