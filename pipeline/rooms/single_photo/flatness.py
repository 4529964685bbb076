"""Tops, fronts and sides of furniture as planes along the room's axes, where the eye's normals say so."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from pipeline.rooms.single_photo.spreading import Links, spread

#: least cosine between a surface and an axis of the room along which it looks, cosine; set by hand, effect not
#: measured
_ALONG = 0.85
#: least size of a plane, share of the picture; set by hand: a seat, effect not measured
_LEAST_AREA = 0.004
#: a surface whose points lie farther from its middle plane than this on the median is none, metres; set by
#: hand, effect not measured
_SPREAD_M = 0.1
#: points nearer to it than the first go onto the plane, those beyond the second stay, metres; set by hand:
#: cushions stay, effect not measured
_ONTO_M = (0.15, 0.25)
#: weight of depths that are not on a plane beside those that are, share; set by hand, effect not measured
_FREE = 0.1
#: how far planes pull at the surfaces that meet them, longer sides of the photo; 1.5 pixels of the eye
_REACH = 0.013
#: least component of a ray across a plane, none; only keeps depth finite
_LEAST_RAY = 1e-3


def flattened(
    depth: Float[np.ndarray, "H W"],
    even: Bool[np.ndarray, "H W"],
    normals: Float[np.ndarray, "H W 3"],
    rays: Float[np.ndarray, "H W 3"],
    links: Links,
) -> Float[np.ndarray, "H W"]:
    """Depth with plane surfaces where things are even.

    Args:
        depth: z-depth.
        even: pixels of things away from their outlines.
        normals: unit normals in the room's axes (right, forward, up), towards the camera.
        rays: of z-depth 1 in these axes.
        links: within things.
    """
    flat, share = depth.copy(), np.zeros_like(depth)
    for axis, piece in _surfaces(even, normals):
        values = depth[piece] * rays[piece][:, axis]
        middle = float(np.median(values))
        off = np.abs(values - middle)
        if np.median(off) > _SPREAD_M:
            continue
        across = rays[piece][:, axis]
        plane = middle / np.where(np.abs(across) < _LEAST_RAY, np.inf, across)
        near, far = _ONTO_M
        onto = np.where(plane > 0, np.clip((far - off) / (far - near), 0.0, 1.0), 0.0)
        flat[piece] = np.exp((1 - onto) * np.log(depth[piece]) + onto * np.log(np.maximum(plane, _LEAST_RAY)))
        share[piece] = onto
    reach = _REACH * max(depth.shape)
    met = 1.0 / spread(1.0 / flat[..., None], share + _FREE, links, reach)[..., 0].astype(np.float64)
    met_flat: Float[np.ndarray, "H W"] = share * flat + (1.0 - share) * met
    return met_flat


def _surfaces(
    even: Bool[np.ndarray, "H W"], normals: Float[np.ndarray, "H W 3"]
) -> Iterator[tuple[int, Bool[np.ndarray, "H W"]]]:
    """Large connected pieces that look one way along an axis (up, never down), with that axis."""
    for axis, sign in ((2, 1), (0, 1), (0, -1), (1, -1)):
        label, count = ndimage.label(even & (sign * normals[..., axis] > _ALONG))
        size = np.bincount(label.ravel(), minlength=count + 1)
        for number in np.flatnonzero(size[1:] > _LEAST_AREA * even.size) + 1:
            yield axis, label == number
