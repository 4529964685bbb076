"""Photos as texture: every face takes the photo that shows it best (after Waechter et al. 2014).

The atlas holds the photos side by side, so a face's texture coordinates are simply where its photo sees it.
Photos are brought to one exposure by a gain for each photo and channel; what is left is levelled at the seams.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, Int32, UInt8
from PIL import Image
from scipy.sparse import coo_matrix

from pipeline.machine import usable_threads
from pipeline.progress import Progress
from pipeline.rooms.photos import RoomPhoto, load_rgb
from pipeline.rooms.scene import PointMaps, Source, View
from pipeline.rooms.surface.seam_levelling import Charts, level_seams
from pipeline.rooms.surface.surface import Surface, face_areas, face_sources

#: longer side of the atlas at most, px; by definition: what every browser takes as a texture
_ATLAS_PX = 4096
#: longer side of a photo in it at most, px; set by hand for the size of the file, effect not measured
_PHOTO_PX = 1024
#: columns of the atlas for each row, ratio; by definition: photos are wider than high
_COLUMNS = 1.4
#: longer edges are halved, metres; set by hand: a face takes one photo, and a photo seldom shows a whole wall
_LONGEST_EDGE_M = 0.35
#: as often as this at most, count; by definition: 22 m become .35 m
_MOST_HALVINGS = 6
#: nearer to a camera than this nothing is textured, metres; set by hand, effect not measured
_NEAR_M = 0.1
#: a vertex is hidden if something stands at less than this share of its distance, share; set by hand, effect
#: not measured
_UNHIDDEN = 0.97
#: a photo whose own depth differs by this shows a vertex badly, share of the depth; set by hand, effect not
#: measured
_AGREES = 0.04
#: but not worse than this, share; by definition: a photo that disagrees is better than none
_LEAST_AGREEMENT = 0.03
#: faces seen at a steeper angle are not textured, cosine; set by hand, effect not measured
_GRAZING = 0.08
#: nearer than this a photo shows a face no better, metres; set by hand, effect not measured
_CLOSEST_M = 0.3
#: rounds in which faces take their neighbours' photo, count; set by hand, effect not measured
_SMOOTHING_ROUNDS = 12
#: from sRGB to linear light and back, none; by definition: gamma of scene.surface_samples
_GAMMA = 2.2
#: points surer than this say how bright photos are, confidence; set by hand, effect not measured
_SURE = 0.5
#: between points that are compared for brightness, count; set by hand for time, effect not measured
_STRIDE = 7
#: two photos show the same point if their depths differ by less, share; set by hand, effect not measured
_SAME_DEPTH = 0.02
#: weight of "no change" beside that of compared points, points; by definition: far fewer than any pair has
_UNCHANGED = 10.0
#: no photo is made brighter or darker than this, natural logarithm; set by hand: a factor of two
_MOST_GAIN = 0.7
#: colours outside of these are too dark, or clipped, levels; set by hand, effect not measured
_USABLE = (12, 245)
#: fewer points say nothing of brightness, count; set by hand, effect not measured
_LEAST_PAIRS = 30
#: quality of the atlas as JPEG, Pillow's scale; set by hand for the size of the file, effect not measured
_JPEG_QUALITY = 84
#: parts of the stage on the bar of progress, shares; set by hand: who sees what, choosing photos, atlas
_PARTS = (0.15, 0.6, 0.75)


@dataclass(frozen=True)
class TexturedSurface:
    """A mesh whose faces show photos; faces that no photo shows keep vertex colours.

    Attributes:
        vertices, normals, colors: per vertex (sRGB colours).
        source: per vertex :class:`pipeline.rooms.scene.point_maps.Source`.
        uv: texture coordinates of every vertex, origin at the upper left corner.
        textured_faces, plain_faces: vertex indices.
        atlas: the photos in one picture.
    """

    vertices: Float32[np.ndarray, "V 3"]
    normals: Float32[np.ndarray, "V 3"]
    colors: UInt8[np.ndarray, "V 3"]
    source: UInt8[np.ndarray, " V"]
    uv: Float32[np.ndarray, "V 2"]
    textured_faces: Int32[np.ndarray, "F 3"]
    plain_faces: Int32[np.ndarray, "G 3"]
    atlas: UInt8[np.ndarray, "H W 3"]

    def shares(self) -> dict[str, float]:
        """Share of the area that was measured, inferred and generated (``measured_share``...), 1 in all."""
        faces = np.concatenate([self.textured_faces, self.plain_faces])
        area, source = face_areas(self.vertices, faces), face_sources(faces, self.source)
        whole = max(float(area.sum()), 1e-9)
        return {
            f"{kind.name.lower()}_share": float(area[source == kind].sum()) / whole
            for kind in (Source.MEASURED, Source.INFERRED, Source.GENERATED)
        }


def texture_surface(
    surface: Surface, maps: PointMaps, photos: list[RoomPhoto], progress: Progress | None = None
) -> TexturedSurface:
    """Choose a photo for every face and lay the photos out as one texture.

    Args:
        surface: of the room.
        maps: that it was made from.
        photos: their files, at any resolution.
    """
    progress = progress or Progress()
    progress(0.0, "texture: splitting long edges")
    vertices, faces, origin = split_long_edges(surface.vertices, surface.faces, _LONGEST_EDGE_M)
    normals = surface.normals[origin].mean(axis=1)
    colors = np.rint(surface.colors[origin].astype(float).mean(axis=1)).astype(np.uint8)
    source = surface.source[origin].max(axis=1)
    seeing, choosing, laying = _PARTS
    progress(seeing, "texture: who sees what")
    quality = _quality(vertices, faces, maps, progress.part(seeing, choosing))
    progress(choosing, "texture: choosing photos")
    label = _smooth_labels(quality, _neighbours(faces))
    label[quality.max(axis=0) <= 0] = -1
    progress(laying, "texture: atlas")
    atlas, placed = _atlas(maps, photos)
    return _assembled(vertices, faces, normals, colors, source, label, maps, atlas, placed)


def split_long_edges(
    vertices: Float[np.ndarray, "V 3"], faces: Int[np.ndarray, "F 3"], longest: float
) -> tuple[Float32[np.ndarray, "W 3"], Int32[np.ndarray, "G 3"], Int[np.ndarray, "W 2"]]:
    """Halve edges until none is longer than ``longest`` (at most six times); neighbours stay joined.

    Returns:
        Vertices, faces, and for every vertex two original vertices that it lies between.
    """
    vertices = vertices.astype(np.float64)
    origin = np.stack([np.arange(len(vertices))] * 2, axis=1)
    for _ in range(_MOST_HALVINGS):
        edges = np.stack([faces, np.roll(faces, -1, axis=1)], axis=2)
        long = np.linalg.norm(vertices[edges[..., 0]] - vertices[edges[..., 1]], axis=2) > longest
        if not long.any():
            break
        key = np.sort(edges[long], axis=1)
        unique, index = np.unique(key, axis=0, return_inverse=True)
        middle = np.full(faces.shape, -1)
        middle[long] = len(vertices) + index.reshape(-1)
        vertices = np.concatenate([vertices, vertices[unique].mean(axis=1)])
        origin = np.concatenate([origin, origin[unique][:, [0, 1], [0, 1]]])
        faces = _split(faces, middle)
    return vertices.astype(np.float32), faces.astype(np.int32), origin


def _split(faces: Int[np.ndarray, "F 3"], middle: Int[np.ndarray, "F 3"]) -> Int[np.ndarray, "G 3"]:
    """Replace faces with 1, 2 or 3 halved edges (``middle`` of edge k from corner k to k + 1, or -1)."""
    count = (middle >= 0).sum(axis=1)
    parts = [faces[count == 0]]
    for wanted in (1, 2, 3):
        rows = count == wanted
        f, m = faces[rows], middle[rows]
        if wanted < 3:
            # turn so that the first edge is halved and, of two, the last one is not
            first = np.argmax((m >= 0) & ((np.roll(m, 1, axis=1) < 0) | (wanted == 1)), axis=1)
            turn = (first[:, None] + np.arange(3)) % 3
            f, m = np.take_along_axis(f, turn, 1), np.take_along_axis(m, turn, 1)
        (a, b, c), (ab, bc, ca) = f.T, m.T
        if wanted == 1:
            parts += [np.stack(t, axis=1) for t in ((a, ab, c), (ab, b, c))]
        elif wanted == 2:
            parts += [np.stack(t, axis=1) for t in ((ab, b, bc), (a, ab, bc), (a, bc, c))]
        else:
            parts += [np.stack(t, axis=1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
    return np.concatenate(parts)


def _project(
    view: View, points: Float[np.ndarray, "N 3"]
) -> tuple[Float[np.ndarray, "N 2"], Float[np.ndarray, " N"]]:
    local = (points - view.centre) @ view.world_from_camera[:3, :3]
    pixels = local @ view.K.T
    return pixels[:, :2] / np.maximum(local[:, 2:], 1e-6), local[:, 2]


def _quality(
    vertices: Float[np.ndarray, "V 3"], faces: Int[np.ndarray, "F 3"], maps: PointMaps, progress: Progress
) -> Float[np.ndarray, "N F"]:
    """How well each photo shows each face: resolution times agreement with its own depth; 0 where hidden."""
    import open3d as o3d

    scene = o3d.t.geometry.RaycastingScene(usable_threads())
    tensor = o3d.core.Tensor.from_numpy
    scene.add_triangles(tensor(vertices.astype("f4")), tensor(faces.astype("u4")))
    corner = vertices[faces].astype(np.float64)
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    middle = corner.mean(axis=1)
    quality = np.zeros((len(maps.views), len(faces)))
    for index, view in enumerate(maps.views):
        progress(index / len(maps.views), f"texture: photo {index + 1} of {len(maps.views)}")
        height, width = view.image.shape[:2]
        pixel, z = _project(view, vertices.astype(np.float64))
        inside = (
            (z > _NEAR_M) & (pixel >= 1).all(axis=1) & (pixel[:, 0] <= width - 2) & (pixel[:, 1] <= height - 2)
        )
        ray = vertices - view.centre
        rays = np.concatenate([np.broadcast_to(view.centre, ray.shape), ray], axis=1).astype(np.float32)
        hit = scene.cast_rays(tensor(rays))["t_hit"].numpy()
        seen = inside & (hit > _UNHIDDEN)
        depth = view.depth_m()
        xy = np.clip(np.rint(pixel).astype(int), 0, [width - 1, height - 1])
        agrees = np.exp(-((np.abs(depth[xy[:, 1], xy[:, 0]] / np.maximum(z, 1e-6) - 1.0) / _AGREES) ** 2))
        vertex = np.where(seen, _LEAST_AGREEMENT + np.nan_to_num(agrees), 0.0)
        toward = view.centre - middle
        distance = np.linalg.norm(toward, axis=1)
        cosine = (normal * toward).sum(axis=1) / np.maximum(distance, 1e-6)
        quality[index] = (
            np.clip(cosine - _GRAZING, 0.0, None) / np.maximum(distance, _CLOSEST_M) * vertex[faces].min(axis=1)
        )
    return quality


def _neighbours(faces: Int[np.ndarray, "F 3"]) -> coo_matrix:
    """Sparse adjacency of faces that share an edge."""
    edges = np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2), axis=1)
    owner = np.repeat(np.arange(len(faces)), 3)
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    edges, owner = edges[order], owner[order]
    same = (edges[1:] == edges[:-1]).all(axis=1)
    a, b = owner[:-1][same], owner[1:][same]
    ones = np.ones(2 * len(a))
    return coo_matrix((ones, (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(len(faces),) * 2).tocsr()


def _smooth_labels(quality: Float[np.ndarray, "N F"], neighbours: coo_matrix) -> Int[np.ndarray, " F"]:
    """Best photo of every face, with a bonus for the photo of the neighbours (iterated conditional modes)."""
    relative = quality / np.maximum(quality.max(axis=0, keepdims=True), 1e-12)
    label: Int[np.ndarray, " F"] = np.argmax(relative, axis=0)
    for _ in range(_SMOOTHING_ROUNDS):
        votes = np.stack([neighbours @ (label == k).astype(float) for k in range(len(quality))])
        score = np.where(quality > 0, relative + 1.0 * votes, -1.0)
        label = np.argmax(score, axis=0)
    return label


def _atlas(
    maps: PointMaps, photos: list[RoomPhoto]
) -> tuple[UInt8[np.ndarray, "H W 3"], list[tuple[int, int, int, int]]]:
    """The photos in a grid, exposure balanced, and the place (x, y, width, height) of each."""
    by_id = {photo.photo_id: photo for photo in photos}
    columns = int(np.ceil(np.sqrt(len(maps.views) * _COLUMNS)))
    cell = min(_PHOTO_PX, _ATLAS_PX // columns)
    gains = exposure_gains(maps)
    images = []
    for view, gain in zip(maps.views, gains, strict=True):
        image = load_rgb(by_id[view.photo_id], cell)
        linear = (image / 255.0) ** _GAMMA * gain
        images.append(np.clip(np.rint(255.0 * np.clip(linear, 0, 1) ** (1 / _GAMMA)), 0, 255).astype(np.uint8))
    row_height = max(image.shape[0] for image in images)
    rows = -(-len(images) // columns)
    atlas = np.zeros((rows * row_height, columns * cell, 3), np.uint8)
    placed = []
    for index, image in enumerate(images):
        x, y = (index % columns) * cell, (index // columns) * row_height
        atlas[y : y + image.shape[0], x : x + image.shape[1]] = image
        placed.append((x, y, image.shape[1], image.shape[0]))
    return atlas, placed


def exposure_gains(maps: PointMaps) -> Float[np.ndarray, "N 3"]:
    """Linear gain of each photo and channel that makes photos agree where they see the same points (mean 1)."""
    n = len(maps.views)
    A, b = _UNCHANGED * np.eye(n), np.zeros((n, 3))
    for i, view in enumerate(maps.views):
        good = view.valid & (view.confidence > _SURE)
        points, colors = view.points[good][::_STRIDE].astype(np.float64), view.image[good][::_STRIDE]
        for j, other in enumerate(maps.views):
            if i == j or len(points) == 0:
                continue
            pixel, z = _project(other, points)
            height, width = other.image.shape[:2]
            x, y = (np.rint(pixel[:, k]).astype(int) for k in range(2))
            inside = (z > _NEAR_M) & (x >= 0) & (y >= 0) & (x < width) & (y < height)
            x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
            ratio = _log_ratio(
                colors, other.image[y, x], inside & (np.abs(other.depth_m()[y, x] / z - 1.0) < _SAME_DEPTH)
            )
            if ratio is None:
                continue
            count, mean = ratio
            A[[i, j], [i, j]] += count
            A[[i, j], [j, i]] -= count
            b[i] -= count * mean
            b[j] += count * mean
    gains = np.linalg.solve(A, b)
    balanced: Float[np.ndarray, "N 3"] = np.exp(np.clip(gains - gains.mean(axis=0), -_MOST_GAIN, _MOST_GAIN))
    return balanced


def _log_ratio(
    mine: UInt8[np.ndarray, "M 3"], theirs: UInt8[np.ndarray, "M 3"], same: Bool[np.ndarray, " M"]
) -> tuple[int, Float[np.ndarray, "3"]] | None:
    """Number of usable pairs and median log ratio (linear light) of colours neither dark nor clipped."""
    dark, bright = _USABLE
    usable = same & ((mine > dark) & (mine < bright) & (theirs > dark) & (theirs < bright)).all(axis=1)
    if usable.sum() < _LEAST_PAIRS:
        return None
    ratio = _GAMMA * np.log(mine[usable] / theirs[usable].astype(float))
    return int(usable.sum()), np.median(ratio, axis=0)


def _assembled(
    vertices: Float[np.ndarray, "V 3"],
    faces: Int[np.ndarray, "F 3"],
    normals: Float[np.ndarray, "V 3"],
    colors: UInt8[np.ndarray, "V 3"],
    source: UInt8[np.ndarray, " V"],
    label: Int[np.ndarray, " F"],
    maps: PointMaps,
    atlas: UInt8[np.ndarray, "H W 3"],
    placed: list[tuple[int, int, int, int]],
) -> TexturedSurface:
    """One vertex for every pair of vertex and photo that occurs."""
    key = faces.astype(np.int64) * (len(maps.views) + 1) + (label + 1)[:, None]
    unique, index = np.unique(key, return_inverse=True)
    new_faces = index.reshape(faces.shape).astype(np.int32)
    vertex, photo = unique // (len(maps.views) + 1), unique % (len(maps.views) + 1) - 1
    uv = np.zeros((len(unique), 2))
    for k, (view, (x, y, width, height)) in enumerate(zip(maps.views, placed, strict=True)):
        mine = photo == k
        pixel, _ = _project(view, vertices[vertex[mine]].astype(np.float64))
        scale = np.array([width / view.image.shape[1], height / view.image.shape[0]])
        at = np.clip((pixel + 0.5) * scale, 0.5, np.array([width, height]) - 0.5)
        uv[mine] = at + np.array([x, y])
    atlas, levelled = level_seams(Charts(vertex, photo, uv - 0.5, colors[vertex], new_faces), atlas)
    return TexturedSurface(
        vertices=vertices[vertex],
        normals=normals[vertex].astype(np.float32),
        colors=levelled,
        source=source[vertex],
        uv=(uv / np.array([atlas.shape[1], atlas.shape[0]])).astype(np.float32),
        textured_faces=new_faces[label >= 0],
        plain_faces=new_faces[label < 0],
        atlas=atlas,
    )


def encode_jpeg(image: UInt8[np.ndarray, "H W 3"], quality: int = _JPEG_QUALITY) -> bytes:
    """JPEG bytes of a picture."""
    from io import BytesIO

    out = BytesIO()
    Image.fromarray(image).save(out, format="JPEG", quality=quality, subsampling=2, optimize=True)
    return out.getvalue()
