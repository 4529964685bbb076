"""The mesh of a room made from one photo: a whole box, plain where the photo shows nothing, and its relief."""

import time

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from pipeline.progress import Progress
from pipeline.rooms.scene import EmptySurface, PointMaps, Source, View
from pipeline.rooms.surface import Surface

#: spacing of the vertices on the faces of the box, metres; set by hand, effect not measured
_SPACING_M = 0.15
#: a point nearer than this to a face of the box lies on it, metres; set by hand, effect not measured
_ON_BOX_M = 0.03
#: room behind the camera, metres; whoever takes the photo needs .65 m (room_ends.py), set by hand, effect not
#: measured
_BEHIND_M = 0.8
#: height of a ceiling that is not in the photo, metres; the usual one of flats in Europe
_USUAL_CEILING_M = 2.5
#: a highest point below this shows no ceiling, metres; no ceiling of a room is that low
_LEAST_CEILING_M = 2.0
#: least room between camera and ceiling, metres; set by hand, effect not measured
_ABOVE_CAMERA_M = 0.3
#: step between the pixels that become vertices of the relief, px; set by hand, effect not measured
_STEP_PX = 2
#: ratio of neighbouring depths, less 1, above which the relief is torn, share; set by hand, effect not measured
_TORN = 0.07
#: pixels from which on a face of the box has a colour of its own, count; set by hand, effect not measured
_LEAST_PIXELS = 60
#: number of the box's face that is the floor, none; by definition (2 axis + 1 for the upper side)
_FLOOR = 4
#: number of the box's face that is the ceiling, none; by definition
_CEILING = 5
#: brightness of a floor that is not in the photo beside that of the walls, share; set by hand, effect not
#: measured
_FLOOR_SHADE = 0.6
#: share of the walls' colour in a ceiling that is not in the photo, the rest is white, share; set by hand,
#: effect not measured
_CEILING_TINT = 0.4
#: least z-depth of a vertex that the photo can show, metres; set by hand, effect not measured
_LEAST_DEPTH_M = 0.05


def single_surface(maps: PointMaps, progress: Progress | None = None) -> Surface:
    """Mesh of the room of :func:`pipeline.rooms.single_photo.room.room_from_photo`.

    Every face of the room is there: what the photo shows in the photo's colours, the rest in the plain
    colour of that face or of its like. All of it is marked as inferred.

    Raises:
        EmptySurface: the view has no points.
    """
    progress, started = progress or Progress(), time.monotonic()
    progress(0.0, "one photo: walls, floor and ceiling")
    view = maps.views[0]
    points = view.points.astype(np.float64)
    if not np.isfinite(points).all() or not view.valid.all():
        raise EmptySurface("The photo has pixels without a point.", "Make the point maps of this room again.")
    low, high = room_extent(points, view.centre)
    side = _side_of(points, low, high)
    shell, shell_faces, shell_colors = _shell(view, side, low, high)
    progress(0.5, "one photo: furniture")
    relief, relief_faces, relief_colors = _relief(view, side)
    surface = _joined(
        np.concatenate([shell, relief]),
        np.concatenate([shell_faces, relief_faces + len(shell)]),
        np.concatenate([shell_colors, relief_colors]),
    )
    surface.stats["seconds"] = time.monotonic() - started
    progress(1.0, f"{len(surface.faces):,} faces")
    return surface


def room_extent(
    points: Float[np.ndarray, "H W 3"], centre: Float[np.ndarray, "3"]
) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]]:
    """Lower and upper corner of the room: what the photo shows, and some room behind the camera."""
    flat = points.reshape(-1, 3)
    low, high = flat.min(axis=0), flat.max(axis=0)
    low[:2] = np.minimum(low[:2], centre[:2] - _BEHIND_M)
    high[:2] = np.maximum(high[:2], centre[:2] + _BEHIND_M)
    low[2] = min(0.0, float(low[2]))
    high[2] = max(
        float(high[2]),
        _USUAL_CEILING_M if high[2] < _LEAST_CEILING_M else 0.0,
        float(centre[2]) + _ABOVE_CAMERA_M,
    )
    return low, high


def _side_of(
    points: Float[np.ndarray, "H W 3"], low: Float[np.ndarray, "3"], high: Float[np.ndarray, "3"]
) -> Int[np.ndarray, "H W"]:
    """Face of the box (2 axis + 1 for its upper side) that every point lies on, -1 for none."""
    away = np.stack([points - low, high - points], axis=-1).reshape(*points.shape[:2], 6)
    nearest = np.argmin(away, axis=-1)
    side: Int[np.ndarray, "H W"] = np.where(away.min(axis=-1) < _ON_BOX_M, nearest, -1)
    return side


def _shell(
    view: View, side: Int[np.ndarray, "H W"], low: Float[np.ndarray, "3"], high: Float[np.ndarray, "3"]
) -> tuple[Float[np.ndarray, "V 3"], Int[np.ndarray, "F 3"], UInt8[np.ndarray, "V 3"]]:
    """The six faces of the box."""
    parts = [_face(number, low, high) for number in range(6)]
    vertices = np.concatenate([part for part, _ in parts])
    number = np.repeat(np.arange(6), [len(part) for part, _ in parts])
    offsets = np.cumsum([0, *(len(part) for part, _ in parts[:-1])])
    faces = np.concatenate([faces + offset for (_, faces), offset in zip(parts, offsets, strict=True)])
    return vertices, faces, _shell_colors(vertices, number, view, side)


def _face(
    number: int, low: Float[np.ndarray, "3"], high: Float[np.ndarray, "3"]
) -> tuple[Float[np.ndarray, "V 3"], Int[np.ndarray, "F 3"]]:
    """A grid over one face of the box, its triangles facing inwards."""
    axis, upper = divmod(number, 2)
    others = [(axis + 1) % 3, (axis + 2) % 3]
    counts = [max(2, int(np.ceil((high[k] - low[k]) / _SPACING_M)) + 1) for k in others]
    a, b = (np.linspace(low[k], high[k], n) for k, n in zip(others, counts, strict=True))
    vertices = np.zeros((counts[0] * counts[1], 3))
    vertices[:, axis] = high[axis] if upper else low[axis]
    vertices[:, others[0]], vertices[:, others[1]] = np.repeat(a, counts[1]), np.tile(b, counts[0])
    index = np.arange(len(vertices)).reshape(counts)
    faces = _triangles(index, np.ones((counts[0] - 1, counts[1] - 1), bool))
    return vertices, faces[:, ::-1] if upper else faces


def _triangles(index: Int[np.ndarray, "A B"], kept: Bool[np.ndarray, "C D"]) -> Int[np.ndarray, "F 3"]:
    """Two triangles for every kept cell of a grid, turning from the first to the second axis."""
    a, b = index[:-1, :-1][kept], index[1:, :-1][kept]
    c, d = index[1:, 1:][kept], index[:-1, 1:][kept]
    return np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])


def _shell_colors(
    shell: Float[np.ndarray, "V 3"], number: Int[np.ndarray, " V"], view: View, side: Int[np.ndarray, "H W"]
) -> UInt8[np.ndarray, "V 3"]:
    """The photo's colour where it shows the vertex, else the plain colour of the face."""
    colors: UInt8[np.ndarray, "V 3"] = plain_colors(view.image, side)[number]
    local = (shell - view.centre) @ view.world_from_camera[:3, :3]
    z = local[:, 2]
    pixel = (local @ view.K.T)[:, :2] / np.maximum(z, 1e-6)[:, None]
    height, width = side.shape
    x, y = (np.clip(np.rint(pixel[:, k]), 0, n - 1).astype(int) for k, n in ((0, width), (1, height)))
    inside = (z > _LEAST_DEPTH_M) & (np.abs(pixel[:, 0] - x) <= 0.5) & (np.abs(pixel[:, 1] - y) <= 0.5)
    shown = inside & (side[y, x] == number)
    colors[shown] = view.image[y[shown], x[shown]]
    return colors


def plain_colors(image: UInt8[np.ndarray, "H W 3"], side: Int[np.ndarray, "H W"]) -> UInt8[np.ndarray, "6 3"]:
    """Usual colour of every face of the box: of its own pixels, else of its like, else of the whole photo."""
    walls = image[(side >= 0) & (side < 4)]
    usual = np.median(walls if len(walls) >= _LEAST_PIXELS else image.reshape(-1, 3), axis=0)
    colors = np.zeros((6, 3))
    for number in range(6):
        mine = image[side == number]
        if len(mine) >= _LEAST_PIXELS:
            colors[number] = np.median(mine, axis=0)
        elif number == _FLOOR:
            colors[number] = _FLOOR_SHADE * usual
        elif number == _CEILING:
            colors[number] = _CEILING_TINT * usual + (1.0 - _CEILING_TINT) * 255.0
        else:
            colors[number] = usual
    plain: UInt8[np.ndarray, "6 3"] = np.rint(colors).astype(np.uint8)
    return plain


def _relief(
    view: View, side: Int[np.ndarray, "H W"]
) -> tuple[Float[np.ndarray, "V 3"], Int[np.ndarray, "F 3"], UInt8[np.ndarray, "V 3"]]:
    """A mesh over the pixels that are not on the box, torn where depth jumps."""
    cut = np.s_[::_STEP_PX, ::_STEP_PX]
    points, colors = view.points[cut].astype(np.float64), view.image[cut]
    depth, standing = view.depth_m()[cut].astype(np.float64), side[cut] < 0
    corners = np.stack([depth[:-1, :-1], depth[1:, :-1], depth[1:, 1:], depth[:-1, 1:]])
    whole = corners.max(axis=0) < (1 + _TORN) * corners.min(axis=0)
    stands = standing[:-1, :-1] | standing[1:, :-1] | standing[1:, 1:] | standing[:-1, 1:]
    index = np.arange(depth.size).reshape(depth.shape)
    # rows run down and columns right on the picture, so this order faces the camera
    faces = _triangles(index, whole & stands)
    used, faces_used = np.unique(faces, return_inverse=True)
    return points.reshape(-1, 3)[used], faces_used.reshape(-1, 3), colors.reshape(-1, 3)[used]


def _joined(
    vertices: Float[np.ndarray, "V 3"], faces: Int[np.ndarray, "F 3"], colors: UInt8[np.ndarray, "V 3"]
) -> Surface:
    corner = vertices[faces]
    cross = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normals = np.zeros_like(vertices)
    for k in range(3):
        np.add.at(normals, faces[:, k], cross)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    area = float(0.5 * np.linalg.norm(cross, axis=1).sum())
    stats = {
        "vertices": float(len(vertices)),
        "faces": float(len(faces)),
        "area_m2": area,
        "views": 1.0,
    }
    return Surface(
        vertices.astype(np.float32),
        np.ascontiguousarray(faces, dtype=np.int32),
        normals.astype(np.float32),
        colors,
        np.full(len(vertices), Source.INFERRED, np.uint8),
        stats,
    )
