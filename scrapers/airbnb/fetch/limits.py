"""Bounds on time, size and number for collecting one listing."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Limits:
    """What one run may take.

    Attributes:
        page_s: for opening a page.
        settle_s: for the page to fill itself after it was opened.
        request_s: for one answer of the reviews request, and for one photo.
        provoke_s: for the page to send its own reviews request after it was asked to.
        attempts: how often one request is tried when the network fails (never after a refusal).
        photos: most photos of one listing.
        photo_bytes: most bytes of one photo.
        parallel_photos: photos that are downloaded at once.
        reviews_per_request: Airbnb hands out 50 at most.
        reviews: most reviews of one listing.
    """

    page_s: float = 45.0
    settle_s: float = 15.0
    request_s: float = 30.0
    provoke_s: float = 6.0
    attempts: int = 3
    photos: int = 300
    photo_bytes: int = 32 * 2**20
    parallel_photos: int = 4
    reviews_per_request: int = 50
    reviews: int = 10_000

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{each.name} must be positive, not {value}")
        if self.reviews_per_request > 50:
            raise ValueError(f"reviews_per_request is at most 50, not {self.reviews_per_request}")
