"""Fast3R (Yang et al., CVPR 2025, arXiv 2501.13928): point maps of many views in one forward pass.

The modules are this project's own; names and shapes of their weights are those of the published checkpoint.
"""

from models.fast3r.config import DecoderConfig, EncoderConfig, Fast3RConfig, HeadConfig
from models.fast3r.model import Fast3R, RunOptions, ViewMaps

__all__ = ["DecoderConfig", "EncoderConfig", "Fast3R", "Fast3RConfig", "HeadConfig", "RunOptions", "ViewMaps"]
