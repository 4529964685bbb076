"""Korean particles whose form depends on how the word before them ends."""

from __future__ import annotations

import re
from typing import Final

_FIRST: Final = 0xAC00
_LAST: Final = 0xD7A3
_FINALS: Final = 28
_RIEUL: Final = 8
#: digits whose Korean reading ends in a consonant; 1, 7 and 8 end in rieul
_CLOSED_DIGITS: Final = "013678"
_RIEUL_DIGITS: Final = "178"
#: letters whose names end in a consonant as Koreans say them; l and r end in rieul
_CLOSED_LETTERS: Final = "lmnr"
_RIEUL_LETTERS: Final = "lr"
_TAIL: Final = re.compile(r"[\s\W_]+$|\s*\([^)]*\)$")


def with_particle(word: str, pair: str) -> str:
    """``word`` with the one of ``pair`` that fits: ``은/는``, ``이/가``, ``을/를``, ``과/와``, ``으로/로``."""
    closed_form, _, open_form = pair.partition("/")
    is_closed, is_rieul = _end(_TAIL.sub("", word))
    if closed_form == "으로" and is_rieul:
        return word + open_form
    return word + (closed_form if is_closed else open_form)


def _end(word: str) -> tuple[bool, bool]:
    """Whether a word ends in a consonant, and whether that is rieul."""
    last = word[-1:].lower()
    if last and _FIRST <= ord(last) <= _LAST:
        final = (ord(last) - _FIRST) % _FINALS
        return final > 0, final == _RIEUL
    if not last:
        return False, False
    return last in _CLOSED_DIGITS + _CLOSED_LETTERS, last in _RIEUL_DIGITS + _RIEUL_LETTERS
