"""The steps of reading reviews, in order. Imports nothing, so that plans can be made quickly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: name to its usual share of the time (a room's stages add up to 11)
STEPS: Final[Mapping[str, float]] = {
    "sentences": 0.1,
    "embeddings": 2.0,
    "opinions": 1.5,
    "topics": 2.0,
    "reviews": 0.2,
}
