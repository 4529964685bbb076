"""Settings of a city's analysis."""

from dataclasses import dataclass, field
from typing import Literal

from pipeline.reviews.settings import ReviewSettings


@dataclass(frozen=True)
class CitySettings:
    """How a city is read.

    Attributes:
        reviews: the settings of one listing's reviews, for all.
        chunk_reviews: reviews per chunk: what is lost when the work is stopped.
        sample_reviews: topics are found on so many.
        known_texts: what so many sentences say is kept in memory (repeated ones are common).
        machines: ``local``, or ``ray`` for a Ray cluster (``pip install ray``; the folders must be shared).
        ray_address: of the cluster; ``local`` starts one here.
    """

    reviews: ReviewSettings = field(default_factory=ReviewSettings)
    chunk_reviews: int = 2000
    sample_reviews: int = 6000
    known_texts: int = 200_000
    machines: Literal["local", "ray"] = "local"
    ray_address: str = "auto"

    def __post_init__(self) -> None:
        if min(self.chunk_reviews, self.sample_reviews) < 1 or self.known_texts < 0:
            raise ValueError("chunk_reviews and sample_reviews must be at least 1, known_texts at least 0")
        if self.machines not in ("local", "ray"):
            raise ValueError(f"machines must be 'local' or 'ray', not {self.machines!r}")
