"""Hashed n-grams of words and characters: texts as sparse rows that linear models weigh.

Every gram falls into one of ``2**BITS`` buckets (feature hashing, Weinberger et al. 2009). All hashing is done
on arrays: a prefix polynomial gives the hash of any stretch of text at once, so a thousand sentences take
milliseconds.
"""

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from jaxtyping import Bool, Int, UInt64

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

BITS: Final = 17
#: characters of a gram inside one word, the blanks beside it included; one alone where words are not spaced
_CHARACTERS: Final = (1, 2, 3, 4, 5)
#: words of a gram; there are also pairs with a word left out between them
_WORDS: Final = (1, 2, 3)
_LONGEST_WORD: Final = 24
_MOST_REPEATS: Final = 2
_PRIME: Final = 0x9E3779B97F4A7C15
_MIX: Final = 0xD6E8FEB86659FD93
_BLANK: Final = ord(" ")
_FIRST_IDEOGRAPHIC: Final = 0x3040

#: text, bucket of every gram
_Grams = tuple[Int[np.ndarray, "M"], Int[np.ndarray, "M"]]


class _Plain(dict[int, str]):
    """Lower case, no accents, digits as 0, full-width as half-width; all but letters and ``! ? '`` is blank."""

    def __missing__(self, code: int) -> str:
        sign = unicodedata.normalize("NFKC", chr(code)).lower()
        if not "가" <= sign <= "힣":
            sign = unicodedata.normalize("NFD", sign)[:1]
        if len(sign) == 1 and (sign.isalpha() or sign in "!?'"):
            plain = sign
        else:
            plain = "0" if sign.isdigit() else "'" if sign == "’" else " "
        self[code] = plain
        return plain


_PLAIN: Final = _Plain()


def gram_rows(texts: Sequence[str]) -> "csr_matrix":
    """Grams of each text as a sparse row of ``2**BITS`` columns whose squares add up to about one."""
    from scipy.sparse import csr_matrix, diags

    if not texts:
        return csr_matrix((0, 2**BITS))
    text, bucket = _grams(texts)
    rows = csr_matrix((np.ones(len(text)), (text, bucket)), shape=(len(texts), 2**BITS))
    rows.sum_duplicates()
    rows.data = np.minimum(rows.data, _MOST_REPEATS)
    totals = np.maximum(np.asarray(rows.sum(axis=1)).ravel(), 1.0)
    return csr_matrix(diags(totals**-0.5) @ rows)


def _grams(texts: Sequence[str]) -> _Grams:
    plain = [text.translate(_PLAIN) for text in texts]
    lengths = np.array([len(text) for text in plain], dtype=np.int64)
    begins = 1 + np.concatenate([[0], np.cumsum(lengths + 2)[:-1]]).astype(np.int64)
    joined = "  " + "  ".join(plain) + "  "
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    hasher, blank = _Hasher(codes), codes == _BLANK
    parts = [*_character_grams(hasher, codes, blank), *_word_grams(hasher, blank, begins)]
    starts, buckets = (np.concatenate(column) for column in zip(*parts, strict=True))
    return np.searchsorted(begins, starts, side="right") - 1, buckets


class _Hasher:
    """Hash of any stretch ``[start, end)`` of codes, modulo 2**64."""

    def __init__(self, codes: UInt64[np.ndarray, "L"]) -> None:
        count = len(codes) + 1
        powers = np.cumprod(np.full(count, _PRIME, dtype=np.uint64))
        self._inverse = np.cumprod(np.full(count, pow(_PRIME, -1, 2**64), dtype=np.uint64))
        self._prefix = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(codes * powers[:-1])])

    def __call__(
        self, starts: Int[np.ndarray, "M"], ends: Int[np.ndarray, "M"], salt: int
    ) -> UInt64[np.ndarray, "M"]:
        raw = (self._prefix[ends] - self._prefix[starts]) * self._inverse[starts]
        return _mixed(raw + np.uint64(salt))


def _mixed(values: UInt64[np.ndarray, "M"]) -> UInt64[np.ndarray, "M"]:
    values = (values ^ (values >> np.uint64(32))) * np.uint64(_MIX)
    return np.asarray((values ^ (values >> np.uint64(29))) * np.uint64(_PRIME))


def _bucket(hashes: UInt64[np.ndarray, "M"]) -> Int[np.ndarray, "M"]:
    return (hashes >> np.uint64(64 - BITS)).astype(np.int64)


def _character_grams(
    hasher: _Hasher, codes: UInt64[np.ndarray, "L"], blank: Bool[np.ndarray, "L"]
) -> list[_Grams]:
    """First character and bucket of every gram."""
    blanks = np.concatenate([[0], np.cumsum(blank)])
    parts: list[_Grams] = []
    for size in _CHARACTERS:
        starts = np.arange(len(codes) - size + 1)
        if size == 1:
            starts = starts[codes >= _FIRST_IDEOGRAPHIC]
        else:
            inside = blanks[starts + size - 1] - blanks[starts + 1]
            starts = starts[(inside == 0) & ~(blank[starts] & blank[starts + size - 1])]
        parts.append((starts, _bucket(hasher(starts, starts + size, size))))
    return parts


def _word_grams(hasher: _Hasher, blank: Bool[np.ndarray, "L"], begins: Int[np.ndarray, "N"]) -> list[_Grams]:
    """First character and bucket of every gram; none reaches into the next text."""
    starts = np.flatnonzero(blank[:-1] & ~blank[1:]) + 1
    ends = np.flatnonzero(~blank[:-1] & blank[1:]) + 1
    short = ends - starts <= _LONGEST_WORD
    starts, ends = starts[short], ends[short]
    text = np.searchsorted(begins, starts, side="right")
    words = hasher(starts, ends, len(_CHARACTERS) + 1)
    parts: list[_Grams] = []
    hashes = words
    for count in _WORDS:
        if count > 1:
            hashes = _mixed(hashes[:-1] + words[count - 1 :])
        within = text[: len(hashes)] == text[count - 1 :]
        parts.append((starts[: len(hashes)][within], _bucket(hashes[within])))
    apart = _mixed(_mixed(words[:-2]) ^ words[2:])
    within = text[: len(apart)] == text[2:]
    parts.append((starts[: len(apart)][within], _bucket(apart[within])))
    return parts
