"""Angles of rotations."""

import numpy as np
from jaxtyping import Float


def rotation_angle_rad(a: Float[np.ndarray, "3 3"], b: Float[np.ndarray, "3 3"]) -> float:
    """Angle of the rotation between ``a`` and ``b``, accurate near 0 and pi."""
    difference = a.T @ b
    sine = np.linalg.norm(
        [
            difference[2, 1] - difference[1, 2],
            difference[0, 2] - difference[2, 0],
            difference[1, 0] - difference[0, 1],
        ]
    )
    return float(np.arctan2(sine, np.trace(difference) - 1.0))
