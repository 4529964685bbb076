"""Sentence vectors: computed once for every text, kept on disk by content."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, Self

import numpy as np
from jaxtyping import Float32

from pipeline.progress import Progress

CACHE_FILE: Final = "embeddings.sqlite"
_BUSY_TIMEOUT_S: Final = 30
_KEYS_PER_QUERY: Final = 500
#: texts computed between two writes: what is lost when the work is stopped
_TEXTS_PER_WRITE: Final = 2000


class Encoder(Protocol):
    """What :class:`models.sentence_encoder.SentenceEncoder` offers, so that tests can bring a small one."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def backend_name(self) -> str: ...

    def encode(self, texts: Sequence[str], progress: Progress = ...) -> Float32[np.ndarray, "N D"]: ...


@dataclass(frozen=True)
class Embeddings:
    """One unit vector per sentence, in the order of the sentences.

    Attributes:
        vectors: (N, D); (0, 0) where there is no sentence.
        fingerprint: of the encoder that made them.
        backend: name of the backend that ran.
    """

    vectors: Float32[np.ndarray, "N D"]
    fingerprint: str
    backend: str

    def save(self, folder: Path) -> None:
        """Write ``embeddings.npy`` and ``embeddings.json`` into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "embeddings.npy", self.vectors, allow_pickle=False)
        head = {"fingerprint": self.fingerprint, "backend": self.backend}
        (folder / "embeddings.json").write_text(json.dumps(head, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote."""
        head = json.loads((folder / "embeddings.json").read_text(encoding="utf-8"))
        return cls(np.load(folder / "embeddings.npy", allow_pickle=False), head["fingerprint"], head["backend"])


def embed_texts(
    texts: Sequence[str], encoder: Encoder, progress: Progress | None = None, cache: Path | None = None
) -> Embeddings:
    """Vectors of ``texts``; those that ``cache`` (a folder) holds already are read, the others added to it."""
    progress = progress or Progress()
    if cache is None or not texts:
        vectors = encoder.encode(list(texts), progress)
    else:
        vectors = _through_cache(texts, encoder, progress, EmbeddingCache(cache, encoder.fingerprint))
    return Embeddings(vectors, encoder.fingerprint, encoder.backend_name)


def _through_cache(
    texts: Sequence[str], encoder: Encoder, progress: Progress, cache: "EmbeddingCache"
) -> Float32[np.ndarray, "N D"]:
    unique = sorted(set(texts))
    known = cache.read(unique)
    missing = [text for text in unique if text not in known]
    for start in range(0, len(missing), _TEXTS_PER_WRITE):
        chunk = missing[start : start + _TEXTS_PER_WRITE]
        part = progress.part(start / len(missing), (start + len(chunk)) / len(missing))
        fresh = dict(zip(chunk, encoder.encode(chunk, part), strict=True))
        cache.write(fresh)
        known |= fresh
    progress(1.0, f"{len(unique) - len(missing)} of {len(unique)} sentences were known")
    return np.stack([known[text] for text in texts])


class EmbeddingCache:
    """Vectors by SHA-256 of encoder and text in one SQLite file; several processes may use it at a time."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / CACHE_FILE
        self._fingerprint = fingerprint.encode()
        with self._connection() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID"
            )

    def read(self, texts: Sequence[str]) -> dict[str, Float32[np.ndarray, "D"]]:
        """The vectors that are known, by text."""
        by_key = {self._key(text): text for text in texts}
        keys = list(by_key)
        found: dict[str, Float32[np.ndarray, D]] = {}
        with self._connection() as connection:
            for start in range(0, len(keys), _KEYS_PER_QUERY):
                some = keys[start : start + _KEYS_PER_QUERY]
                marks = ",".join("?" * len(some))
                query = f"SELECT key, vector FROM vectors WHERE key IN ({marks})"  # noqa: S608 (only question marks)
                for key, blob in connection.execute(query, some):
                    found[by_key[key]] = np.frombuffer(blob, dtype="<f4").astype(np.float32)
        return found

    def write(self, vectors: dict[str, Float32[np.ndarray, "D"]]) -> None:
        """Add vectors; the first one written for a text stays."""
        rows = [(self._key(text), vector.astype("<f4").tobytes()) for text, vector in vectors.items()]
        with self._connection() as connection:
            connection.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(self._fingerprint + b"\0" + text.encode("utf-8", "surrogatepass")).digest()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT_S)) as connection, connection:
            yield connection
