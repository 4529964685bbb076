"""Sentence vectors on disk: computed once, the same with and without the cache."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from pipeline.progress import Progress
from pipeline.reviews.text.embeddings import EmbeddingCache, Embeddings, Encoder, embed_texts

TEXTS = ["clean room", "loud tram", "clean room", "좋아요", ""]


class Recorder:
    """Remembers what it was asked to encode."""

    backend_name = "recorder"
    fingerprint = "recorder"

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Float32[np.ndarray, "N D"]:
        self.asked = list(texts)
        return self._encoder.encode(texts, progress or Progress())


def test_only_unknown_texts_are_computed(tmp_path: Path, encoder: Encoder) -> None:
    recorder = Recorder(encoder)
    plain = embed_texts(TEXTS, recorder).vectors
    first = embed_texts(TEXTS, recorder, cache=tmp_path).vectors
    assert recorder.asked == sorted(set(TEXTS))
    again = embed_texts([*TEXTS, "new bed"], recorder, cache=tmp_path).vectors
    assert recorder.asked == ["new bed"]
    assert np.array_equal(first, plain)
    assert np.array_equal(again[:-1], plain)


def test_each_encoder_has_its_own_vectors(tmp_path: Path) -> None:
    EmbeddingCache(tmp_path, "one").write({"text": np.ones(3, dtype=np.float32)})
    assert EmbeddingCache(tmp_path, "other").read(["text"]) == {}
    assert EmbeddingCache(tmp_path, "one").read(["text", "absent"]).keys() == {"text"}


def test_many_texts_and_progress(tmp_path: Path, encoder: Encoder) -> None:
    told: list[float] = []
    texts = [f"sentence {index}" for index in range(4500)]
    embed_texts(texts, encoder, Progress(lambda fraction, _: told.append(fraction)), tmp_path)
    assert len(told) >= 3
    assert told == sorted(told)
    assert len(EmbeddingCache(tmp_path, encoder.fingerprint).read(texts)) == len(texts)


def test_embeddings_survive_saving(tmp_path: Path, encoder: Encoder) -> None:
    for name, texts in (("some", TEXTS), ("none", [])):
        made = embed_texts(texts, encoder)
        made.save(tmp_path / name)
        read = Embeddings.load(tmp_path / name)
        assert np.array_equal(read.vectors, made.vectors)
        assert (read.fingerprint, read.backend) == (made.fingerprint, made.backend)
