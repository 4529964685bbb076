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

#: heights of blocks that are tried, metres; low table to wardrobe, usual furniture, set by hand, effect not
#: measured
_HEIGHTS_M = (0.42, 0.52, 0.64, 0.78, 1.0, 1.5, 2.0)
#: depths that are tried, metres; shelf to bed, usual furniture, set by hand, effect not measured
_DEPTHS_M = (0.4, 0.55, 0.75, 1.0, 1.3, 1.65, 2.05)
#: step between the places along a wall that are tried, metres; set by hand, effect not measured
_SPACING_M = 0.18
#: least and largest width of a block, metres; stool to bed with its tables, usual furniture, set by hand,
#: effect not measured
_WIDTHS_M = (0.5, 3.2)
#: nearest and farthest end of a block along the axis it is tried on, metres; set by hand, effect not measured
_ALONG_M = (-4.0, 7.0)
#: a block against a side wall begins at least so far before the camera, metres; set by hand, effect not
#: measured
_AHEAD_M = 0.2
#: least room between a block and the ceiling, metres; set by hand, effect not measured
_BELOW_CEILING_M = 0.1
#: places along a rim at which edges are looked up, count; set by hand, effect not measured
_SAMPLES = 20
#: part of a rim that is looked at, shares of its length; its ends lie on the corners of other things
_RIM_PART = (0.04, 0.96)
#: least score of a block, none; set by hand, effect not measured
_LEAST_EVIDENCE = 0.22
#: from this height on a block is tall, metres; doors, windows and curtains look like tall blocks too, set by
#: hand, effect not measured
_TALL_M = 1.2
#: worth of a tall block beside a low one, share; set by hand, effect not measured
_TALL_WORTH = 0.8
#: a tall block is less deep than this, metres; a wardrobe is .6 m deep
_TALL_DEPTH_M = 0.8
#: least mean evidence along the rims of a block, share; set by hand, effect not measured
_LEAST_RIM = 0.33
#: and along the one where it stands on the floor, share; set by hand, effect not measured
_LEAST_FOOT = 0.25
#: least share of that rim within the picture, share; set by hand, effect not measured
_LEAST_SHOWN = 0.6
#: least length of all rims in the picture, mean sides of the picture; set by hand, effect not measured
_LEAST_LENGTH = 0.25
#: score of a block whose rims are just good enough, none; set by hand, effect not measured
_RIM_WORTH = 0.1
#: blocks in one photo at most, count; set by hand, effect not measured
_MOST = 5
#: a block ends at least so far before the camera, metres; room to stand, set by hand, effect not measured
_CLEAR_M = 0.35
#: two blocks may reach so far into each other, metres; set by hand, effect not measured
_TOUCH_M = 0.05
#: a top lower than this below the camera is seen from above, metres; set by hand, effect not measured
_SEEN_FROM_ABOVE_M = 0.05
#: number of the first rim that only a top seen from above shows, none; by definition, see _rims
_FIRST_TOP_RIM = 4
#: a depth nearer than the box by more than this shows a block, metres; rounding and noise of the box, by hand
_STANDING_M = 0.02
#: least depth that is divided by, metres; only keeps what is behind the camera finite
_LEAST_DEPTH_M = 0.05
#: least depth of a place in the picture, metres; set by hand, effect not measured
_IN_PICTURE_M = 0.1
#: window in which an edge of the photo is looked up, px of the evidence;
#: an edge may lie a little beside where the coarse grid of blocks puts it, set by hand, effect not measured
_EDGE_PX = 5
#: blocks that are scored at a time, count; keeps the memory within some megabytes
_AT_A_TIME = 4000


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
    return Relief(depth, depth < empty - _STANDING_M, tuple(blocks))


def block_depth(block: Block, rays: Float[np.ndarray, "... 3"]) -> Float[np.ndarray, "..."]:
    """Depth at which rays from the camera (of z-depth 1) enter a block, infinite where they miss it."""
    safe = np.where(np.abs(rays) < 1e-9, 1e-9, rays)
    one, two = block.low / safe, block.high / safe
    enter = np.minimum(one, two).max(axis=-1)
    leave = np.maximum(one, two).min(axis=-1)
    depth: Float[np.ndarray, ...] = np.where((enter > _LEAST_DEPTH_M) & (enter < leave), enter, np.inf)
    return depth


def find_blocks(image: UInt8[np.ndarray, "H W 3"], box: LayoutBox) -> list[Block]:
    """Blocks whose rims the photo shows as edges, surest first, none standing in another."""
    photo = look(image)
    ratio = photo.width_px / image.shape[1]
    K = box.K.copy()
    K[:2] *= ratio
    K[:2, 2] += (ratio - 1) / 2
    evidence = gather_evidence(photo.steps, photo.segments, box.camera_from_room, K)
    edges = np.stack([ndimage.maximum_filter(layer, _EDGE_PX) for layer in evidence.boundary])
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
    return bool((shared > -_TOUCH_M).all())


def _candidates(
    box: LayoutBox,
) -> tuple[Float[np.ndarray, "N 3"], Float[np.ndarray, "N 3"], np.ndarray]:
    """Corners of all usual blocks against the walls in view, and their wall (0 front, 1 left, 2 right).

    Tall blocks (wardrobes) are never deep.
    """
    blocks = [_against(box, wall) for wall in range(3)]
    lows, highs = (np.concatenate(column) for column in zip(*blocks, strict=True))
    return lows, highs, np.concatenate([np.full(len(low), wall) for wall, (low, _) in enumerate(blocks)])


def _against(box: LayoutBox, wall: int) -> tuple[Float[np.ndarray, "N 3"], Float[np.ndarray, "N 3"]]:
    """Corners of all usual blocks against one wall; none where it is out of view or close to the camera."""
    front, left, right, floor, ceiling = box.distance_m
    distance = box.distance_m[wall]
    if not box.seen[wall] or distance < _DEPTHS_M[0] + _CLEAR_M:
        return np.zeros((0, 3)), np.zeros((0, 3))
    start, stop = (-left, right) if wall == 0 else (_AHEAD_M, front)
    end = min(stop, _ALONG_M[1]) + 0.5 * _SPACING_M
    ticks = np.arange(max(start, _ALONG_M[0]), end, _SPACING_M)
    a, b, d, h = (g.ravel() for g in np.meshgrid(ticks, ticks, _DEPTHS_M, _HEIGHTS_M, indexing="ij"))
    kept = (b - a >= _WIDTHS_M[0]) & (b - a <= _WIDTHS_M[1]) & (d < distance - _CLEAR_M)
    kept &= (h < floor + ceiling - _BELOW_CEILING_M) & ((h < _TALL_M) | (d < _TALL_DEPTH_M))
    a, b, d, h = a[kept], b[kept], d[kept], h[kept]
    near, far = distance - d, np.full_like(d, distance)
    low, high = (((a, near), (b, far)), ((-far, a), (-near, b)), ((near, a), (far, b)))[wall]
    return np.stack([*low, np.full_like(a, -floor)], axis=1), np.stack([*high, h - floor], axis=1)


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
        for part in np.array_split(mine, max(1, len(mine) // _AT_A_TIME)):
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
    foot, top = low[:, 2], high[:, 2]
    size = float(sum(edges.shape[1:])) / 2
    along = [_along(start, stop, edges[axis], project) for start, stop, axis in _rims(low, high, wall)]
    total, length = np.zeros(len(low)), np.zeros(len(low))
    for number, (value, inside, pixels) in enumerate(along):
        shown = (top < -_SEEN_FROM_ABOVE_M) if number >= _FIRST_TOP_RIM else 1.0
        visible = inside * pixels / size * shown
        total += value * visible
        length += visible
    mean = total / np.maximum(length, 1e-6)
    stands = (along[0][0] > _LEAST_FOOT) & (along[0][1] > _LEAST_SHOWN)
    good = stands & (mean > _LEAST_RIM) & (length > _LEAST_LENGTH)
    worth = np.where(top - foot > _TALL_M, _TALL_WORTH, 1.0) * (mean - _LEAST_RIM + _RIM_WORTH)
    scores: Float[np.ndarray, " N"] = np.where(good, worth * np.sqrt(length), 0.0)
    return scores


def _rims(
    low: Float[np.ndarray, "N 3"], high: Float[np.ndarray, "N 3"], wall: int
) -> list[tuple[Float[np.ndarray, "N 3"], Float[np.ndarray, "N 3"], int]]:
    """Ends and axis of the edges in view of blocks: foot, top, two sides, two from the top to the wall."""
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
    across = [(ta, ba, depth_axis), (tb, bb, depth_axis)]
    return [(fa, fb, along), (ta, tb, along), (fa, ta, 2), (fb, tb, 2), *across]


def _along(
    start: Float[np.ndarray, "N 3"],
    stop: Float[np.ndarray, "N 3"],
    edge: Float32[np.ndarray, "H W"],
    project: Float[np.ndarray, "3 3"],
) -> tuple[Float[np.ndarray, " N"], Float[np.ndarray, " N"], Float[np.ndarray, " N"]]:
    """Mean evidence along 3D lines, the share of each within the picture, and its length in pixels."""
    t = np.linspace(*_RIM_PART, _SAMPLES)[:, None, None]
    at = (start + t * (stop - start)) @ project.T
    z = at[..., 2]
    pixel = at[..., :2] / np.maximum(z, _LEAST_DEPTH_M)[..., None]
    height, width = edge.shape
    x, y = np.rint(pixel[..., 0]), np.rint(pixel[..., 1])
    inside = (z > _IN_PICTURE_M) & (x >= 0) & (y >= 0) & (x < width) & (y < height)
    rows, columns = np.clip(y, 0, height - 1).astype(int), np.clip(x, 0, width - 1).astype(int)
    count = inside.sum(axis=0)
    mean = (edge[rows, columns] * inside).sum(axis=0) / np.maximum(count, 1)
    step = np.linalg.norm(np.diff(pixel, axis=0), axis=-1)
    pixels = np.minimum((step * inside[1:]).sum(axis=0), float(height + width))
    return mean, count / _SAMPLES, pixels
