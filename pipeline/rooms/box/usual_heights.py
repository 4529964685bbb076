"""A first guess of the scale of a room, from the heights that cameras and ceilings usually have."""

import math

import numpy as np
from jaxtyping import Float

#: usual height of a hand-held or tripod camera, metres; set by hand, effect not measured
CAMERA_HEIGHT_M = 1.45
#: its relative standard deviation, share; set by hand, effect not measured
CAMERA_HEIGHT_SIGMA = 0.15
#: usual height of a ceiling, metres; set by hand, effect not measured
CEILING_HEIGHT_M = 2.55
#: its relative standard deviation, share; set by hand, effect not measured
CEILING_HEIGHT_SIGMA = 0.08


def estimate_scale(
    camera_heights: Float[np.ndarray, " N"], ceiling_height: float | None
) -> tuple[float, float]:
    """Metres per unit from usual camera and ceiling heights, and its relative standard deviation.

    Args:
        camera_heights: of the cameras above the floor, in units.
        ceiling_height: of the ceiling above the floor, in units; ``None`` where no ceiling was seen.
    """
    height = float(np.median(camera_heights)) if len(camera_heights) else 0.0
    guesses = []
    if height > 0:
        guesses.append((math.log(CAMERA_HEIGHT_M / height), CAMERA_HEIGHT_SIGMA))
    if ceiling_height is not None and ceiling_height > 0:
        guesses.append((math.log(CEILING_HEIGHT_M / ceiling_height), CEILING_HEIGHT_SIGMA))
    if not guesses:
        return 1.0, 1.0
    weights = np.array([1 / sigma**2 for _, sigma in guesses])
    logs = np.array([value for value, _ in guesses])
    mean = float((weights * logs).sum() / weights.sum())
    spread = float(np.sqrt((weights * (logs - mean) ** 2).sum() / weights.sum()))
    return math.exp(mean), max(float(weights.sum()) ** -0.5, spread)
