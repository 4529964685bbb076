"""Sentence pieces (unigram) as a fast tokeniser, built from the pieces that a package carries.

Kudo, *Subword Regularization*, 2018; run by the package ``tokenizers``.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from tokenizers.normalizers import Normalizer

#: stands for a blank, and before every text
_BLANK: Final = "\u2581"


def unigram(
    pieces: Sequence[tuple[str, float]], unknown: int, normalizers: "Sequence[Normalizer]"
) -> "Tokenizer":
    """The tokeniser of ``pieces`` (text and log probability, by id); ``unknown``: id of what none covers."""
    from tokenizers import Regex, Tokenizer
    from tokenizers.models import Unigram
    from tokenizers.normalizers import Replace
    from tokenizers.normalizers import Sequence as Steps
    from tokenizers.pre_tokenizers import Metaspace

    tokeniser = Tokenizer(Unigram(list(pieces), unknown, False))
    tokeniser.normalizer = Steps([*normalizers, Replace(Regex(" {2,}"), " ")])
    tokeniser.pre_tokenizer = Metaspace(_BLANK, prepend_scheme="always", split=False)
    return tokeniser


def fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of the fields of a protobuf message that have a length or four bytes; others are passed.

    Raises:
        ValueError: ``data`` is no such message.
    """
    place = 0
    while place < len(data):
        tag, place = _varint(data, place)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            _, place = _varint(data, place)
            continue
        if wire == 2:
            size, place = _varint(data, place)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(f"no protobuf message: a field of kind {wire}")
        yield number, data[place : place + size]
        place += size


def float_of(data: bytes) -> float:
    """A little-endian float of four bytes."""
    value: float = struct.unpack("<f", data)[0]
    return value


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
