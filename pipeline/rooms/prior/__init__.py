"""What a photo's geometry is likely to be before anything is measured: the prior's contract, and the eye's."""

from pipeline.rooms.prior.eye import EyePrior, own_eye
from pipeline.rooms.prior.prior import Prior, PriorModel

__all__ = ["EyePrior", "Prior", "PriorModel", "own_eye"]
