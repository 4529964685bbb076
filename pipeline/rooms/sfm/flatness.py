"""Photos that share nothing with the others but one plane.

Points of a plane leave the rotation open as far as the lens is not known exactly (Hartley and Zisserman,
"Multiple view geometry", 2004, 22.1): such a photo may fit well and be turned by degrees.
"""

import numpy as np
from jaxtyping import Bool, Float

from pipeline.rooms.sfm.bundle import Bundle
from pipeline.rooms.sfm.placement import Placement

#: points lie on one plane if so many are within this share of their distance from it
_ON_PLANE, _SHARE, _TRIES = 0.01, 0.95, 100


def flat_photos(placement: Placement, bundle: Bundle, vague: Bool[np.ndarray, " N"], seed: int) -> list[int]:
    """Placed photos among the ``vague`` ones all of whose points lie on one plane.

    None where fewer than two others would stay.
    """
    placed = np.flatnonzero(placement.placed)
    if (~vague[placed]).sum() < 2:
        return []
    flat = []
    for number, i in enumerate(placed):
        xyz = bundle.xyz[bundle.point[bundle.camera == number]]
        if vague[i] and plane_share(xyz @ placement.rotation[i].T + placement.shift[i], seed) > _SHARE:
            flat.append(int(i))
    return flat


def plane_share(local: Float[np.ndarray, "N 3"], seed: int) -> float:
    """Largest share of points, given from the camera's centre, that lie on one plane (RANSAC)."""
    if len(local) <= 3:
        return 1.0
    random, best = np.random.default_rng(seed), 0.0
    distance = np.linalg.norm(local, axis=1)
    for _ in range(_TRIES):
        a, b, c = local[random.choice(len(local), 3, replace=False)]
        normal = np.cross(b - a, c - a)
        off = np.abs((local - a) @ normal) / max(float(np.linalg.norm(normal)), 1e-12)
        best = max(best, float((off < _ON_PLANE * distance).mean()))
    return best
