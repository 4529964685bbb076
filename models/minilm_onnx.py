"""A mean-pooling BERT in 8-bit integers on ONNX Runtime: several times faster than PyTorch on a CPU.

Weights are quantised per output channel, activations when they come by. Because the scale of the activations is
that of the whole input, every sentence runs by itself, without padding: its vector depends on nothing else.
"""

import contextlib
import hashlib
import importlib.util
import io
import logging
import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float32

from models.weights import weights_folder

#: changes whenever the file would be made differently
_RECIPE: Final = 2


def available() -> bool:
    """Whether ONNX Runtime is installed."""
    return importlib.util.find_spec("onnxruntime") is not None


def recipe_name() -> str:
    """What decides the numbers, beside the weights: how they are quantised and the version that runs them."""
    return f"recipe {_RECIPE}, onnxruntime {version('onnxruntime')}"


class OnnxMiniLm:
    """The quantised model of a folder; it is made at the first use and kept in :func:`weights_folder`.

    Args:
        folder: as published (``config.json``, ``model.safetensors``).
        probe: token ids of a few sentences, to compare with float32 on this machine.

    Attributes:
        agreement: mean cosine to float32 over ``probe``.
    """

    def __init__(self, folder: Path, probe: Sequence[Sequence[int]]) -> None:
        with contextlib.ExitStack() as stack:
            path = _cached_path(folder, probe)
            if not _is_whole(path):
                place = _writable(path.parent)
                if place is None:
                    place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                path = place / path.name
                _make(folder, probe, path)
            self._session = _session(path.read_bytes())
            wanted = np.load(path.with_suffix(".npy"), allow_pickle=False)
        found = np.stack([self.embed(ids) for ids in probe])
        self.agreement = float((found * wanted).sum(1).mean())

    def embed(self, ids: Sequence[int]) -> Float32[np.ndarray, "D"]:
        """The unit vector of one sentence given as token ids; may be called from several threads."""
        tokens = np.array(ids, dtype=np.int64)
        inputs = {"ids": tokens, "places": np.arange(len(tokens), dtype=np.int64)}
        vector: Float32[np.ndarray, D] = self._session.run(None, inputs)[0]
        return vector


def _session(model: bytes) -> Any:
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _cached_path(folder: Path, probe: Sequence[Sequence[int]]) -> Path:
    weights = folder / "model.safetensors"
    facts = (_RECIPE, weights.stat().st_size, (folder / "config.json").read_text(encoding="utf-8"), list(probe))
    digest = hashlib.sha256(repr(facts).encode())
    with weights.open("rb") as file:
        # the header names the tensors, the first megabyte tells models of one shape apart
        digest.update(file.read(2**20))
    return weights_folder() / "onnx" / f"minilm-int8-{digest.hexdigest()[:16]}.onnx"


def _is_whole(path: Path) -> bool:
    return path.is_file() and path.with_suffix(".npy").is_file()


def _writable(folder: Path) -> Path | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


@contextlib.contextmanager
def _quiet_root_logger() -> Iterator[None]:
    """The quantiser tells the root logger of every node that it leaves as it is."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.setLevel(level)


def _make(folder: Path, probe: Sequence[Sequence[int]], path: Path) -> None:
    """Write the quantised model, and beside it the float32 vectors of ``probe``; each appears whole."""
    import onnx
    import torch
    from onnxruntime.quantization import quantize_dynamic  # type: ignore[import-untyped]

    from models.minilm import MiniLm, MiniLmOfOne

    exact = MiniLmOfOne(MiniLm.from_folder(folder))
    exported = io.BytesIO()
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")
        vectors = np.stack([exact(torch.tensor(ids), torch.arange(len(ids))).numpy() for ids in probe])
        torch.onnx.export(
            exact,
            (torch.ones(7, dtype=torch.int64), torch.arange(7)),
            exported,  # type: ignore[arg-type]  # a buffer, which its type does not know
            input_names=["ids", "places"],
            output_names=["vector"],
            dynamic_axes={"ids": {0: "token"}, "places": {0: "token"}},
            opset_version=17,
            dynamo=False,
        )
    model = onnx.load_model_from_string(exported.getvalue())
    # says that nothing is left to prepare; without it the quantiser logs advice to the user
    model.metadata_props.add(key="onnx.quant.pre_process", value="onnxruntime.quant")
    with tempfile.TemporaryDirectory(dir=path.parent) as work:
        np.save(Path(work) / "probe.npy", vectors, allow_pickle=False)
        with _quiet_root_logger():
            quantize_dynamic(
                model, Path(work) / "model.onnx", per_channel=True, op_types_to_quantize=["MatMul"]
            )
        (Path(work) / "probe.npy").replace(path.with_suffix(".npy"))
        (Path(work) / "model.onnx").replace(path)
