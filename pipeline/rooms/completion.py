"""A depth for the pixels that stereo could not measure: room planes where they fit, else smooth surfaces."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8
from scipy import ndimage
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve

from pipeline.rooms.patchmatch import StereoViews, plane_costs
from pipeline.rooms.planes import RoomPlane, inside_hull, label_pixels
from pipeline.rooms.point_maps import Source
from pipeline.rooms.stereo import StereoDepth, StereoInput, stereo_views

_SNAP = 0.015
_TRUSTED_REACH_PX = 12.0
_NEAR, _FAR = 0.05, 60.0


@dataclass(frozen=True)
class Completed:
    """Inverse depth, confidence and source of every pixel of one photo."""

    inverse_depth: Float[np.ndarray, "H W"]
    confidence: Float32[np.ndarray, "H W"]
    source: UInt8[np.ndarray, "H W"]


def complete_view(
    data: StereoInput, depths: list[StereoDepth], planes: list[RoomPlane], sources: np.ndarray, index: int
) -> Completed:
    """Fill one photo.

    Args:
        data: photos and cameras in the room frame.
        depths: stereo result of every photo.
        planes: of the room.
        sources: photos that this one was matched with.
        index: of the photo.
    """
    depth = depths[index]
    w = depth.inverse_depth.astype(np.float64)
    measured = depth.measured & ~_speckles(depth) & (_occludes(data, depths, index, w) < 2)
    edge = edge_weights(data.images[index])
    own = np.where(measured, w, fill_smoothly(w, measured, edge))
    labels, candidate = _choose(data, depths, planes, sources, index, own, measured, edge)
    chosen = np.take_along_axis(candidate, labels[..., None], axis=2)[..., 0]
    on_plane = labels < len(planes)
    near = np.abs(chosen / w - 1.0) < _SNAP
    final = np.where(measured & ~(on_plane & near), w, chosen)
    confident = np.clip((1.0 - depth.cost) * depth.support / (depth.support + 1.0), 0.05, 1.0)
    # a guess far from anything measured stays in the map but is too weak for the surface
    reach = ndimage.distance_transform_edt(~measured)
    inferred = np.where(on_plane, 0.3, np.where(reach < _TRUSTED_REACH_PX, 0.12, 0.03))
    confidence = np.where(measured, 0.35 + 0.65 * confident, inferred)
    violation = _occludes(data, depths, index, np.where(measured, w, final))
    confidence = np.where(~measured & (violation > 0), 0.02, confidence)
    source = np.where(measured, Source.MEASURED, Source.INFERRED).astype(np.uint8)
    return Completed(final, confidence.astype(np.float32), source)


def _speckles(depth: StereoDepth) -> Bool[np.ndarray, "H W"]:
    """Measured pixels in small islands or far from the median of their neighbourhood."""
    w = depth.inverse_depth
    lonely = np.abs(w / np.maximum(ndimage.median_filter(w, 7), 1e-6) - 1.0) > 0.08
    labels, count = ndimage.label(depth.measured & ~lonely)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    speckles: Bool[np.ndarray, "H W"] = lonely | (sizes[labels] < 25)
    return speckles


def edge_weights(image: UInt8[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "H W"]:
    """1 in smooth regions of the photo, towards 0 across its edges."""
    smooth = ndimage.gaussian_filter(image.astype(np.float32), (0.8, 0.8, 0))
    squares = [ndimage.sobel(smooth[..., c], axis=a) ** 2 for c in range(3) for a in range(2)]
    gradient = np.sqrt(np.stack(squares).sum(axis=0))
    weights: Float32[np.ndarray, "H W"] = np.clip(np.exp(-gradient / 40.0), 0.03, 1.0).astype(np.float32)
    return weights


def fill_smoothly(
    w: Float[np.ndarray, "H W"], known: Bool[np.ndarray, "H W"], edge: Float32[np.ndarray, "H W"]
) -> Float[np.ndarray, "H W"]:
    """Membrane through the known inverse depths that bends at image edges (solved at half size)."""
    if not known.any():
        return np.full_like(w, float(np.median(w)))
    height, width = (s // 2 for s in w.shape)
    block = np.s_[: 2 * height, : 2 * width]

    def shrink(a: np.ndarray) -> np.ndarray:
        shrunk: np.ndarray = a[block].reshape(height, 2, width, 2).sum(axis=(1, 3))
        return shrunk

    count = shrink(known.astype(float))
    data = shrink(np.where(known, w, 0.0)) / np.maximum(count, 1)
    weight = shrink(edge.astype(float)) / 4
    index = np.arange(height * width).reshape(height, width)
    rows, columns, values = [], [], []
    for a, b in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        link = np.minimum(weight[a], weight[b]).ravel() + 1e-3
        i, j = index[a].ravel(), index[b].ravel()
        rows += [i, j, i, j]
        columns += [j, i, i, j]
        values += [-link, -link, link, link]
    pull = 10.0 * count.ravel() + 1e-7
    rows.append(index.ravel())
    columns.append(index.ravel())
    values.append(pull)
    matrix = coo_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))),
        shape=(index.size, index.size),
    ).tocsc()
    middle = float(np.median(w[known]))
    small = spsolve(matrix, 10.0 * count.ravel() * data.ravel() + 1e-7 * middle).reshape(height, width)
    full = ndimage.zoom(
        small, (w.shape[0] / height, w.shape[1] / width), order=1, mode="nearest", grid_mode=True
    )
    filled: Float[np.ndarray, "H W"] = np.clip(full, float(w[known].min()), float(w[known].max()))
    return filled


def _choose(
    data: StereoInput,
    depths: list[StereoDepth],
    planes: list[RoomPlane],
    sources: np.ndarray,
    index: int,
    own: Float[np.ndarray, "H W"],
    measured: Bool[np.ndarray, "H W"],
    edge: Float32[np.ndarray, "H W"],
) -> tuple[np.ndarray, Float[np.ndarray, "H W L"]]:
    """Label of every pixel (a plane, or last: its own surface) and the inverse depths to choose from."""
    height, width = own.shape
    K, pose = data.K[index], data.world_from_camera[index]
    rows = np.array([plane.inverse_depth_row(K, pose) for plane in planes]).reshape(-1, 3)
    xs, ys = np.meshgrid(np.arange(width), np.arange(height))
    on_planes = np.einsum("pk,khw->hwp", rows, np.stack([xs, ys, np.ones_like(xs)]))
    candidate = np.concatenate([on_planes, own[..., None]], axis=2)
    visible = (candidate > 1 / _FAR) & (candidate < 1 / _NEAR)
    facing = [(pose[plane.axis, 3] - plane.offset) * plane.sign > 0 for plane in planes]
    visible &= np.array([*facing, True])
    candidate = np.clip(candidate, 1 / _FAR, 1 / _NEAR)
    unary = np.full(candidate.shape, 5.0, np.float32)
    photometric = _photometric(data, sources, index, rows, (height, width))
    stuck = depths[index].inverse_depth
    for label in range(candidate.shape[2]):
        w = candidate[..., label]
        if label < len(planes):
            points = points_at(w, K, pose)
            away = np.minimum(planes[label].distance_at(points), 1.0)
            cost = (0.12 if planes[label].hull else 0.45) * away + 0.5 * photometric[label]
            cost += 1.0 * (~inside_hull(planes, points, 0.03))
            cost += 0.5 * np.minimum(_occludes(data, depths, index, w), 2)
            differs = np.minimum(np.abs(np.log(w / stuck)) / 0.02, 1.0)
            cost = np.where(measured, 1.5 * differs + 0.1 * away, cost)
        else:
            far = ndimage.distance_transform_edt(~measured)
            points = points_at(w, K, pose)
            cost = np.where(measured, 0.25, 0.3 + np.minimum(far / 30.0, 0.7))
            cost += 1.0 * (~inside_hull(planes, points, 0.05) & ~measured)
        unary[..., label] = np.where(visible[..., label], cost, 5.0)
    # planes that win hardly anywhere only cost time
    wins = np.bincount(np.argmin(unary, axis=2).ravel(), minlength=unary.shape[2])
    useful = np.flatnonzero((wins > 0.002 * height * width) | (np.arange(unary.shape[2]) == len(planes)))
    unary, offered = np.ascontiguousarray(unary[..., useful]), candidate[..., useful]
    labels = useful[label_pixels(unary, -np.log(offered).astype(np.float32), edge)]
    return labels, candidate


def points_at(
    w: Float[np.ndarray, "H W"], K: Float[np.ndarray, "3 3"], pose: Float[np.ndarray, "4 4"]
) -> Float[np.ndarray, "H W 3"]:
    """World points of every pixel at inverse depth ``w``."""
    height, width = w.shape
    grid = np.stack([*np.meshgrid(np.arange(width), np.arange(height)), np.ones((height, width))], axis=-1)
    points: Float[np.ndarray, "H W 3"] = (grid @ np.linalg.inv(K).T / w[..., None]) @ pose[:3, :3].T + pose[
        :3, 3
    ]
    return points


def _photometric(
    data: StereoInput, sources: np.ndarray, index: int, rows: Float[np.ndarray, "P 3"], size: tuple[int, int]
) -> Float32[np.ndarray, "P H W"]:
    height, width = size
    views: StereoViews = stereo_views(data, 1)
    warps = np.ascontiguousarray(np.stack([views.warp(index, int(s)) for s in sources]))
    half = np.zeros((len(rows), (height + 1) // 2, (width + 1) // 2), np.float32)
    plane_costs(index, views.grey, views.sizes, sources, warps, (len(sources) + 1) // 2, rows, half)
    full: Float32[np.ndarray, "P H W"] = np.repeat(np.repeat(half, 2, axis=1), 2, axis=2)[:, :height, :width]
    return full


def _occludes(
    data: StereoInput, depths: list[StereoDepth], index: int, w: Float[np.ndarray, "H W"]
) -> Float32[np.ndarray, "H W"]:
    """How many other photos measured a surface behind the point, that is, looked through it."""
    points = points_at(w, data.K[index], data.world_from_camera[index])
    through = np.zeros(w.shape, np.float32)
    for other, depth in enumerate(depths):
        if other == index:
            continue
        pose, K = data.world_from_camera[other], data.K[other]
        local = (points - pose[:3, 3]) @ pose[:3, :3]
        z = local[..., 2]
        safe = np.maximum(z, 1e-3)
        x = np.rint(K[0, 0] * local[..., 0] / safe + K[0, 2]).astype(int)
        y = np.rint(K[1, 1] * local[..., 1] / safe + K[1, 2]).astype(int)
        height, width = depth.inverse_depth.shape
        inside = (z > 0.05) & (x >= 0) & (y >= 0) & (x < width) & (y < height)
        x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
        behind = z * depth.inverse_depth[y, x] < 0.94
        through += inside & depth.measured[y, x] & behind
    return through
