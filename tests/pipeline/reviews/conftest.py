"""A sentence encoder for tests where the vectors are not the point, and reviews to read."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Float32

from pipeline.progress import Progress
from pipeline.reviews.text.embeddings import Encoder
from pipeline.reviews.text.tokens import stem, words_of
from scrapers.listing import Review
from tests.places import ROOT


class WordEncoder:
    """Sums a random unit vector per word stem: sentences that share words are near each other."""

    fingerprint = "words"
    backend_name = "words"

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Float32[np.ndarray, "N D"]:
        if progress is not None:
            progress(1.0, "encoded")
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Float32[np.ndarray, "D"]:
        words = [stem(word) for word in words_of(text) if " " not in word] or [text]
        seeds = [int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big") for word in words]
        total = np.sum([np.random.default_rng(seed).standard_normal(48) for seed in seeds], axis=0)
        unit: Float32[np.ndarray, D] = (total / np.linalg.norm(total)).astype(np.float32)
        return unit


@pytest.fixture
def encoder() -> Encoder:
    return WordEncoder()


@pytest.fixture(scope="session")
def demo_reviews_file() -> Path:
    return ROOT / "pipeline" / "demo" / "reviews.json"


@pytest.fixture(scope="session")
def demo_reviews(demo_reviews_file: Path) -> list[Review]:
    return [Review(**raw) for raw in json.loads(demo_reviews_file.read_text(encoding="utf-8"))]
