"""Seams between photos on a textured mesh levelled out, so that a wall seen by three photos is one wall.

Global seam levelling (Lempitsky and Ivanov, *Seamless mosaicing of image-based texture maps*, 2007, as used by
Waechter et al., *Let there be color!*, 2014): every vertex gets a small change of colour for each photo that it
is textured with; where two photos meet their colours become equal, and within a photo the change varies slowly.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float, Float64, Int, UInt8
from numba import njit
from scipy import ndimage
from scipy.sparse import coo_matrix, csr_matrix, diags
from scipy.sparse.linalg import cg

#: how much a change of colour along an edge costs beside a seam, ratio; set by hand (Lempitsky and Ivanov 2007
#: leave it open), effect not measured
_SMOOTH = 0.1
#: and any change at all, ratio; by definition: only to make the equations definite
_SMALL = 1e-4
#: photos are compared at seams this blurred, px of the atlas; set by hand: photos are off by about a pixel
_BLUR_PX: Final = 1.5
#: residual at which the equations are solved, share of the right side; by definition: far below a level of grey
_TOLERANCE = 1e-3
#: turns of conjugate gradients at most, count; set by hand, effect not measured
_ROUNDS = 400
#: no seam is worth more than this: beyond it two photos show different things, levels of 255; set by hand,
#: effect not measured
_MOST: Final = 70.0
#: around a face that is changed too, for the texture's interpolation, px; by definition: bilinear reach and a
#: half
_RIM_PX: Final = 1.5


@dataclass(frozen=True)
class Charts:
    """Vertices by the photo that textures them.

    Attributes:
        vertex: vertex of the mesh that each one stands for.
        photo: of each, -1 where no photo shows it and its own colour counts.
        at_px: position in the atlas.
        colors: sRGB colours of those without a photo.
        faces: corners.
    """

    vertex: Int[np.ndarray, " V"]
    photo: Int[np.ndarray, " V"]
    at_px: Float[np.ndarray, "V 2"]
    colors: UInt8[np.ndarray, "V 3"]
    faces: Int[np.ndarray, "F 3"]


def level_seams(
    charts: Charts, atlas: UInt8[np.ndarray, "H W 3"]
) -> tuple[UInt8[np.ndarray, "H W 3"], UInt8[np.ndarray, "V 3"]]:
    """The atlas and the vertex colours without visible seams.

    Args:
        charts: of the mesh.
        atlas: the photos in one picture.
    """
    if len(charts.faces) == 0:
        return atlas, charts.colors
    shown = _shown(charts, atlas)
    change = _changes(charts, shown)
    levelled = atlas.astype(np.float32)
    textured = charts.faces[(charts.photo[charts.faces] >= 0).all(axis=1)]
    _paint(levelled, atlas, charts.at_px, textured, change, _RIM_PX)
    plain = (charts.photo < 0)[:, None]
    colors = np.where(plain, charts.colors + change, charts.colors)
    return _bytes(levelled), _bytes(colors)


def _bytes(values: Float[np.ndarray, "... 3"]) -> UInt8[np.ndarray, "... 3"]:
    whole: UInt8[np.ndarray, "... 3"] = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return whole


def _shown(charts: Charts, atlas: UInt8[np.ndarray, "H W 3"]) -> Float64[np.ndarray, "V 3"]:
    """Colour of every vertex in its photo, a little blurred."""
    shown = charts.colors.astype(np.float64)
    textured = charts.photo >= 0
    at = charts.at_px[textured, ::-1].T
    for channel in range(3):
        soft = ndimage.gaussian_filter(atlas[..., channel].astype(np.float32), _BLUR_PX)
        shown[textured, channel] = ndimage.map_coordinates(soft, at, order=1, mode="nearest")
    return shown


def _changes(charts: Charts, shown: Float64[np.ndarray, "V 3"]) -> Float64[np.ndarray, "V 3"]:
    """Change of colour of every vertex by least squares."""
    count = len(charts.vertex)
    order = np.argsort(charts.vertex, kind="stable")
    same = charts.vertex[order[1:]] == charts.vertex[order[:-1]]
    first, second = order[:-1][same], order[1:][same]
    gap = shown[second] - shown[first]
    # two photos that show different things there are not a seam to be levelled
    meant = (np.abs(gap) < _MOST).all(axis=1)
    first, second, gap = first[meant], second[meant], gap[meant]
    if len(first) == 0:
        return np.zeros((count, 3))
    edges = np.concatenate([charts.faces[:, [0, 1]], charts.faces[:, [1, 2]], charts.faces[:, [2, 0]]])
    key = np.unique(edges.min(axis=1).astype(np.int64) * count + edges.max(axis=1))
    normal = _laplacian(first, second, count) + _SMOOTH * _laplacian(key // count, key % count, count)
    normal = normal + _SMALL * diags(np.ones(count))
    pull = np.zeros((count, 3))
    np.add.at(pull, first, gap)
    np.add.at(pull, second, -gap)
    preconditioner = diags(1.0 / normal.diagonal())
    change = np.zeros((count, 3))
    for channel in range(3):
        change[:, channel], _ = cg(normal, pull[:, channel], rtol=_TOLERANCE, maxiter=_ROUNDS, M=preconditioner)
    return change


def _laplacian(first: Int[np.ndarray, " E"], second: Int[np.ndarray, " E"], count: int) -> csr_matrix:
    ones = np.ones(len(first))
    rows = np.concatenate([first, second, first, second])
    columns = np.concatenate([first, second, second, first])
    values = np.concatenate([ones, ones, -ones, -ones])
    return coo_matrix((values, (rows, columns)), shape=(count, count)).tocsr()


@njit(cache=True, nogil=True, fastmath=True)
def _paint(levelled, atlas, at, faces, change, rim):  # type: ignore[no-untyped-def]
    """Add the change, interpolated over every face, to the pixels of the face and a rim around it."""
    height, width = atlas.shape[:2]
    for f in range(len(faces)):
        a, b, c = faces[f]
        ax, ay, bx, by, cx, cy = at[a, 0], at[a, 1], at[b, 0], at[b, 1], at[c, 0], at[c, 1]
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if abs(area) < 1e-9:
            continue
        # distance of a pixel to a side is its barycentric coordinate times the height over that side
        la = rim * np.hypot(cx - bx, cy - by) / abs(area)
        lb = rim * np.hypot(ax - cx, ay - cy) / abs(area)
        lc = rim * np.hypot(bx - ax, by - ay) / abs(area)
        x0, x1 = max(0, int(min(ax, bx, cx) - rim)), min(width - 1, int(max(ax, bx, cx) + rim) + 1)
        y0, y1 = max(0, int(min(ay, by, cy) - rim)), min(height - 1, int(max(ay, by, cy) + rim) + 1)
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                wb = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area
                wc = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area
                wa = 1.0 - wb - wc
                if wa < -la or wb < -lb or wc < -lc:
                    continue
                wa, wb, wc = max(wa, 0.0), max(wb, 0.0), max(wc, 0.0)
                total = wa + wb + wc
                for k in range(3):
                    add = (wa * change[a, k] + wb * change[b, k] + wc * change[c, k]) / total
                    levelled[y, x, k] = atlas[y, x, k] + add
