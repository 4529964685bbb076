"""What stands in the room of one photo: depth in front of the box by the eye, bound to the box and the photo.

The eye says what is a thing and how far it is, in a small and soft picture. The box says where walls, floor
and ceiling are. Where the eye sees one of these, its depth is fitted to the box; things then stand as far in
front of the box as the eye has them, end where the photo has edges, and stand on the floor where their outline
meets it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8
from scipy import ndimage

from pipeline.rooms.layout import LayoutBox
from pipeline.rooms.prior import Prior
from pipeline.rooms.scene import pixel_rays
from pipeline.rooms.single_photo.flatness import flattened
from pipeline.rooms.single_photo.floor import floor_of
from pipeline.rooms.single_photo.spreading import Links, cut, links_of, softened, spread

#: how far the eye's sides spread within a surface of the photo, longer sides of it; four to six pixels of the
#: eye, set by hand by pictures of listings, effect not measured
_SIDES_REACH = 0.054
#: how far depth of things spreads out to their outlines, longer sides of the photo; as above
_DEPTH_REACH = 0.018
#: how far the shift that puts a thing onto the floor spreads within it, longer sides of the photo; as above
_SHIFT_REACH = 0.067
#: what stands less in front of the box lies on it, metres; set by hand, effect not measured
_STANDING_M = 0.1
#: part of a piece that must stand so far in front of the box, share; set by hand, effect not measured
_LEAST_STANDING = 0.3
#: a flat thing lower than this is a rug, metres; the lowest tables are .3 m high
_RUG_M = 0.25
#: cosines to the vertical between which a surface begins to face up, cosine; set by hand, effect not measured
_UP = (0.5, 0.8)
#: over this height a rug becomes a thing, metres; set by hand, effect not measured
_RUG_SOFT_M = 0.1
#: radius of the neighbourhood that tells by how much the eye's depth is off, diagonals of the picture; set by
#: hand, effect not measured
_FIELD = 0.15
#: structure beside which the mean of the whole photo counts as much, share of that neighbourhood; set by hand,
#: effect not measured
_FIELD_LEAST = 0.05
#: most that it is taken to be off beside that mean, logarithm; set by hand, effect not measured
_MOST_OFF = 0.35
#: the lower outline of a thing that is nearer than the floor there by less than this stands on the floor,
#: logarithm; set by hand, effect not measured
_ON_FLOOR = 0.15
#: how far outlines may be off, px: what that makes of the floor's depth is no reason to move a thing; with 2 px
#: .82 of the furniture of one made room is nearer than the box, with 0 .63 (tests, seed 8)
_OUTLINE_PX = 2.0
#: an outline of a thing parts surfaces where the eye is so sure of it, probability; set by hand, effect not
#: measured
_OUTLINE = 0.25
#: smaller things are left out, share of the picture; set by hand: crumbs, effect not measured
_LEAST_AREA = 0.003
#: narrower things and gaps are closed, px; set by hand: two pixels of a mesh, effect not measured
_NARROW_PX = (2, 3)
#: weight of pixels of which nothing is known but what spreads to them, share; only keeps means finite
_UNKNOWN = 1e-4
#: weight of staying where the eye has a thing beside one pixel of its foot, share; set by hand, effect not
#: measured
_STAYING = 1e-3
#: least inverse depth, 1 / metres; only keeps depth finite
_FARTHEST = 1e-3
#: classes of the layout, none; by definition (layout.classes)
_FLOOR_CLASS, _CEILING_CLASS = 4, 5


@dataclass(frozen=True)
class Bodies:
    """Depth of everything in a photo.

    Attributes:
        depth_m: z-depth of every pixel: of the box, or of a thing in front of it.
        standing: pixels that show a thing.
    """

    depth_m: Float[np.ndarray, "H W"]
    standing: Bool[np.ndarray, "H W"]


def bodies_of(
    image: UInt8[np.ndarray, "H W 3"],
    box: LayoutBox,
    prior: Prior,
    measured_m: Float[np.ndarray, "H W"] | None = None,
) -> Bodies:
    """Depth of a photo whose room is known.

    Args:
        image: photo.
        box: the room, in pixels of this photo.
        prior: what the eye sees in this photo, at any size.
        measured_m: z-depth where other photos told it, NaN elsewhere: the eye's depth goes through it.
    """
    height, width = image.shape[:2]
    seen, links = prior.resized(width, height), links_of(image)
    empty, classes = box.depth_m(width, height), box.classes(width, height)
    known = _known(empty.shape, measured_m)
    rays = pixel_rays(box.K, height, width) @ box.camera_from_room
    normals = seen.normals @ box.camera_from_room
    floor = floor_of(image, seen, normals[..., 2], classes)
    on_box = np.where(floor, 1.0, structure(seen.sides, classes))
    sure, target = np.where(known.where, 1.0, on_box), np.where(known.where, known.log_depth, np.log(empty))
    log_depth = known.joined(fitted(np.log(seen.depth_over_height), target, sure), links)
    rug = _like_a_rug(rays[..., 2] * np.exp(log_depth) + box.distance_m[3], normals[..., 2])
    chance = np.where(floor, 0.0, seen.side("thing") * (1.0 - rug))
    clear = _clearance(rays * np.exp(log_depth)[..., None], box)
    chance = np.where(known.where, clear > _STANDING_M, chance)
    reach = _SIDES_REACH * max(width, height)
    thing = _cleaned(spread(chance[..., None], np.ones((height, width)), links, reach)[..., 0] > 0.5)
    inside = cut(links, thing)
    depth = _settled(log_depth, chance, seen.boundary, inside)
    depth = _on_the_floor(depth, empty, thing, classes == _FLOOR_CLASS, inside, known.where)
    depth = flattened(depth, thing & (seen.boundary < _OUTLINE), normals, rays, inside)
    standing = _standing(thing & (depth < empty), _clearance(rays * depth[..., None], box))
    return Bodies(np.where(standing, depth, empty), standing)


@dataclass(frozen=True)
class _Known:
    """Where depth was measured, and the logarithm of it there."""

    where: Bool[np.ndarray, "H W"]
    log_depth: Float[np.ndarray, "H W"]

    def joined(self, log_depth: Float[np.ndarray, "H W"], links: Links) -> Float[np.ndarray, "H W"]:
        """The depth that was measured; surfaces go on from it as they were seen."""
        if not self.where.any():
            return log_depth
        off = np.where(self.where, self.log_depth - log_depth, 0.0)
        reach = _SHIFT_REACH * max(log_depth.shape)
        moved = log_depth + spread(off[..., None], self.where + _STAYING, links, reach)[..., 0]
        joined: Float[np.ndarray, "H W"] = np.where(self.where, self.log_depth, moved)
        return joined


def _known(shape: tuple[int, ...], measured_m: Float[np.ndarray, "H W"] | None) -> _Known:
    depth = np.full(shape, np.nan) if measured_m is None else measured_m
    where = np.isfinite(depth) & (depth > 0)
    return _Known(where, np.log(np.where(where, depth, 1.0)))


def structure(
    sides: Float32[np.ndarray, "H W S"], classes: UInt8[np.ndarray, "H W"]
) -> Float32[np.ndarray, "H W"]:
    """Probability that a pixel shows the face of the box that is there (openings and mirrors lie in walls)."""
    floor, ceiling, wall, _, opening, mirror = np.moveaxis(sides, -1, 0)
    chance: Float32[np.ndarray, "H W"] = np.select(
        [classes == _FLOOR_CLASS, classes == _CEILING_CLASS], [floor, ceiling], wall + opening + mirror
    )
    return chance


def fitted(
    log_depth: Float[np.ndarray, "H W"], log_box: Float[np.ndarray, "H W"], chance: Float[np.ndarray, "H W"]
) -> Float[np.ndarray, "H W"]:
    """Depth with the scale of the box and without what slowly changes beside it, both by the structure around.

    Args:
        log_depth: of any scale.
        log_box: of the empty box.
        chance: that a pixel shows the box.
    """
    weight = np.where(chance > 0.5, chance**2, 0.0).astype(np.float64)
    off = log_depth - log_box
    middle = _weighted_median(off, weight) if weight.any() else float(np.median(off))
    sigma = _FIELD * float(np.hypot(*off.shape))
    moved = _blurred(np.clip(off - middle, -_MOST_OFF, _MOST_OFF) * weight, sigma)
    fitted: Float[np.ndarray, "H W"] = log_depth - middle - moved / (_blurred(weight, sigma) + _FIELD_LEAST)
    return fitted


def _weighted_median(values: Float[np.ndarray, "H W"], weight: Float[np.ndarray, "H W"]) -> float:
    order = np.argsort(values, axis=None, kind="stable")
    total = np.cumsum(weight.ravel()[order])
    return float(values.ravel()[order][np.searchsorted(total, 0.5 * total[-1])])


def _blurred(values: Float[np.ndarray, "H W"], sigma_px: float) -> Float[np.ndarray, "H W"]:
    blurred: Float[np.ndarray, "H W"] = cv2.GaussianBlur(
        values, (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT
    )
    return blurred


def _like_a_rug(height_m: Float[np.ndarray, "H W"], up: Float[np.ndarray, "H W"]) -> Float[np.ndarray, "H W"]:
    """How much pixels look like a rug: they face up, little above the floor."""
    facing = np.clip((up - _UP[0]) / (_UP[1] - _UP[0]), 0.0, 1.0)
    rug: Float[np.ndarray, "H W"] = facing * np.clip(1.0 - (height_m - _RUG_M) / _RUG_SOFT_M, 0.0, 1.0)
    return rug


def _settled(
    log_depth: Float[np.ndarray, "H W"],
    chance: Float[np.ndarray, "H W"],
    boundary: Float32[np.ndarray, "H W"],
    links: Links,
) -> Float[np.ndarray, "H W"]:
    """Depth of things from their inside, where the eye is sure, out to their outline in the photo.

    Inverse depth is what spreads: it is linear on planes.
    """
    outline = np.clip(2.0 * boundary, 0.0, 1.0)
    sure = (np.clip(2.0 * chance - 1.0, 0.0, 1.0) * (1.0 - outline)) ** 2
    inverse = spread(
        np.exp(-log_depth)[..., None],
        sure + _UNKNOWN,
        softened(links, outline),
        _DEPTH_REACH * max(chance.shape),
    )
    settled: Float[np.ndarray, "H W"] = 1.0 / np.maximum(inverse[..., 0], _FARTHEST).astype(np.float64)
    return settled


def _clearance(points: Float[np.ndarray, "H W 3"], box: LayoutBox) -> Float[np.ndarray, "H W"]:
    """Distance of points (from the camera, in the room's axes) to the nearest face of the box, inwards."""
    x, y, z = np.moveaxis(points, -1, 0)
    front, left, right, floor, ceiling = box.distance_m
    clear: Float[np.ndarray, "H W"] = np.min([front - y, left + x, right - x, floor + z, ceiling - z], axis=0)
    return clear


def _cleaned(mask: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """Things without crumbs and hairs, and without small holes."""
    opened, closed = _NARROW_PX
    mask = ndimage.binary_opening(mask, iterations=opened)
    mask = ndimage.binary_closing(np.pad(mask, closed, mode="edge"), iterations=closed)
    kept = _large(mask[closed:-closed, closed:-closed])
    return ~_large(~kept)


def _large(mask: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """Connected pieces that are large enough."""
    label, _ = ndimage.label(mask)
    enough = np.bincount(label.ravel()) > _LEAST_AREA * mask.size
    enough[0] = False
    large: Bool[np.ndarray, "H W"] = enough[label]
    return large


def _on_the_floor(
    depth: Float[np.ndarray, "H W"],
    empty: Float[np.ndarray, "H W"],
    thing: Bool[np.ndarray, "H W"],
    floor: Bool[np.ndarray, "H W"],
    links: Links,
    held: Bool[np.ndarray, "H W"],
) -> Float[np.ndarray, "H W"]:
    """Things whose lower outline is near the floor there are moved onto it, or out of it; not where held."""
    short = np.log(empty / depth)
    unsure = _OUTLINE_PX * np.abs(np.gradient(np.log(empty), axis=0))
    short = np.sign(short) * np.maximum(np.abs(short) - unsure, 0.0)
    foot = np.zeros_like(thing)
    foot[:-1] = thing[:-1] & ~thing[1:] & floor[1:] & (np.abs(short[:-1]) < _ON_FLOOR)
    foot &= ~held
    reach = _SHIFT_REACH * max(depth.shape)
    shift = spread(np.where(foot, short, 0.0)[..., None], foot + held + _STAYING, links, reach)[..., 0]
    moved: Float[np.ndarray, "H W"] = depth * np.exp(shift)
    return moved


def _standing(mask: Bool[np.ndarray, "H W"], clear_m: Float[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """Pieces of which enough is far enough from the box, whole: a foot is part of what stands on it."""
    label, count = ndimage.label(_large(mask))
    far = np.asarray(ndimage.mean(clear_m > _STANDING_M, label, np.arange(count + 1))) > _LEAST_STANDING
    far[0] = False
    standing: Bool[np.ndarray, "H W"] = far[label]
    return standing
