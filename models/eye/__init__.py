"""The eye of our own: one photo to sides, depth, normals and lens; trained on made rooms only."""

from models.eye.config import SIDES, EyeConfig
from models.eye.model import Eye, Lens, Seen

__all__ = ["SIDES", "Eye", "EyeConfig", "Lens", "Seen"]
