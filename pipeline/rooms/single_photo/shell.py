"""Walls, floor and ceiling of a room from one photo: six whole planes in the colours of the empty room."""

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Int, UInt8

from pipeline.rooms.scene import Source, View
from pipeline.rooms.single_photo.extent import CEILING, FLOOR, Extent
from pipeline.rooms.single_photo.parts import Part, pixels_of, sampled, triangles

#: spacing of the vertices on the faces of the box, metres; set by hand: faces of a room stay below 80,000,
#: effect not measured
_SPACING_M = 0.06
#: pixels from which on a face of the box has a colour of its own, count; set by hand, effect not measured
_LEAST_PIXELS = 60
#: brightness of a floor that is not in the photo beside that of the walls, share; set by hand, effect not
#: measured
_FLOOR_SHADE = 0.6
#: share of the walls' colour in a ceiling that is not in the photo, the rest is white, share; set by hand,
#: effect not measured
_CEILING_TINT = 0.4
#: how far colours at the border of the photo go on beyond it, metres, and what they count beside the nearer
#: ones, share; set by hand by pictures of listings, effect not measured
_BEYOND = ((0.05, 1.0), (0.12, 0.05), (0.3, 0.0025))
#: what the plain colour counts beside them, share; as above
_PLAIN = 1e-4


def shell_of(
    view: View, extent: Extent, empty: UInt8[np.ndarray, "H W 3"], painted: Bool[np.ndarray, "H W"]
) -> Part:
    """The six faces of the box.

    Args:
        view: the photo and its place.
        extent: the box.
        empty: picture of the empty room from there.
        painted: pixels of it that the photo does not show.
    """
    plain = plain_colors(view.image, np.where(extent.standing, -1, extent.face))
    return Part.joined([_face(number, view, extent, (empty, painted), plain[number]) for number in range(6)])


def _face(
    number: int,
    view: View,
    extent: Extent,
    pictures: tuple[UInt8[np.ndarray, "H W 3"], Bool[np.ndarray, "H W"]],
    plain: UInt8[np.ndarray, "3"],
) -> Part:
    """One face; what the photo does not show is marked as generated."""
    vertices, index = face_grid(number, extent.low, extent.high)
    pixel, inside = pixels_of(view, vertices)
    empty, painted = (sampled(picture, pixel) for picture in (pictures[0], pictures[1][..., None]))
    colors = _continued(empty.reshape(*index.shape, 3), inside.reshape(index.shape), plain)
    shown = inside & (painted[:, 0] == 0)
    faces = triangles(index, np.ones((index.shape[0] - 1, index.shape[1] - 1), bool))
    return Part(
        vertices,
        faces[:, ::-1] if number % 2 else faces,
        colors.reshape(-1, 3),
        np.where(shown, Source.INFERRED, Source.GENERATED).astype(np.uint8),
        np.where(inside[:, None], pixel, np.nan),
    )


def face_grid(
    number: int, low: Float[np.ndarray, "3"], high: Float[np.ndarray, "3"]
) -> tuple[Float[np.ndarray, "V 3"], Int[np.ndarray, "A B"]]:
    """Vertices over one face of the box, and their numbers as a grid."""
    axis, upper = divmod(number, 2)
    others = [(axis + 1) % 3, (axis + 2) % 3]
    counts = [max(2, int(np.ceil((high[k] - low[k]) / _SPACING_M)) + 1) for k in others]
    a, b = (np.linspace(low[k], high[k], n) for k, n in zip(others, counts, strict=True))
    vertices = np.zeros((counts[0] * counts[1], 3))
    vertices[:, axis] = high[axis] if upper else low[axis]
    vertices[:, others[0]], vertices[:, others[1]] = np.repeat(a, counts[1]), np.tile(b, counts[0])
    return vertices, np.arange(len(vertices)).reshape(counts)


def _continued(
    colors: UInt8[np.ndarray, "A B 3"], known: Bool[np.ndarray, "A B"], plain: UInt8[np.ndarray, "3"]
) -> UInt8[np.ndarray, "A B 3"]:
    """Colours of a face go on beyond where they are known, and turn into its plain colour."""
    weight = known.astype(np.float32)
    total: np.ndarray = _PLAIN * plain.astype(np.float32)
    mass: np.ndarray = np.full(1, _PLAIN, np.float32)
    for reach_m, share in _BEYOND if known.any() else ():
        total = total + share * _blurred(colors * weight[..., None], reach_m / _SPACING_M)
        mass = mass + share * _blurred(weight, reach_m / _SPACING_M)[..., None]
    beyond = np.broadcast_to(np.rint(total / mass), colors.shape)
    whole: UInt8[np.ndarray, "A B 3"] = np.where(known[..., None], colors, beyond).astype(np.uint8)
    return whole


def _blurred(values: Float32[np.ndarray, "A B ..."], sigma: float) -> Float32[np.ndarray, "A B ..."]:
    blurred: Float32[np.ndarray, "A B ..."] = cv2.GaussianBlur(
        values, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE
    )
    return blurred


def plain_colors(image: UInt8[np.ndarray, "H W 3"], side: Int[np.ndarray, "H W"]) -> UInt8[np.ndarray, "6 3"]:
    """Usual colour of every face of the box: of its own pixels, else of its like, else of the whole photo."""
    walls = image[(side >= 0) & (side < FLOOR)]
    usual = np.median(walls if len(walls) >= _LEAST_PIXELS else image.reshape(-1, 3), axis=0)
    colors = np.zeros((6, 3))
    for number in range(6):
        mine = image[side == number]
        if len(mine) >= _LEAST_PIXELS:
            colors[number] = np.median(mine, axis=0)
        elif number == FLOOR:
            colors[number] = _FLOOR_SHADE * usual
        elif number == CEILING:
            colors[number] = _CEILING_TINT * usual + (1.0 - _CEILING_TINT) * 255.0
        else:
            colors[number] = usual
    plain: UInt8[np.ndarray, "6 3"] = np.rint(colors).astype(np.uint8)
    return plain
