"""Sentences that the analysis made and stored in English, shown in the language of the session.

They are found by their pattern: the catalogue has them under the context ``told``, with ``{name}`` where
something stands that changes (``{n}`` and names that begin with ``n_``: digits only; ``{list}``: names between
commas). What is found in a place is looked up in turn. A sentence without a pattern stays as it was stored.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from dashboard.words.catalogue import formatter, texts
from dashboard.words.language import DEFAULT, language

CONTEXT: Final = "told"
_PLACE: Final = re.compile(r"\\\{(\w+)\\\}")
_SENTENCES: Final = re.compile(r"(?<=[.!?]) +(?=[A-Z0-9])")
#: anything within one sentence
_WITHIN: Final = r"(?:(?![.!?] +[A-Z]).)+?"
_DIGITS: Final = r"[-+]?\d[\d.,]*(?<=\d)"
#: sentences that are remembered with their translation
_REMEMBERED: Final = 2000


def told(text: str) -> str:
    """``text`` in the language of the session; sentence by sentence, and part by part between semicolons."""
    return text if language() == DEFAULT or not text else _told(language(), text)


@lru_cache(maxsize=_REMEMBERED)
def _told(code: str, text: str) -> str:
    whole = _found(code, text)
    if whole is not None:
        return whole
    for cut, joint in ((_SENTENCES, " "), (re.compile("; "), "; "), (re.compile(" · "), " · ")):
        parts = cut.split(text)
        if len(parts) > 1:
            return joint.join(_told(code, part) for part in parts)
    return text


def _found(code: str, text: str) -> str | None:
    plain = _plain(text)
    for pattern, translated in _patterns(code):
        match = pattern.fullmatch(plain)
        if match is not None:
            values = {name: _value(code, name, value) for name, value in match.groupdict().items()}
            return formatter.vformat(translated, (), values) if values else translated
    return None


def _value(code: str, name: str, value: str) -> str:
    parts = re.split(r", | and ", value) if name == "list" else [value]
    return ", ".join(_told(code, part) for part in parts)


def _plain(text: str) -> str:
    """Without the capital and the full stop of a sentence."""
    words = " ".join(text.split())
    words = words[:-1] if words.endswith(".") and not words.endswith("..") else words
    return words[:1].lower() + words[1:]


@lru_cache(maxsize=4)
def _patterns(code: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns with their translation, the most definite first."""
    known = [(_plain(key), text) for (context, key), text in texts(code).items() if context == CONTEXT]
    known.sort(key=lambda own: -len(re.sub(r"\{\w+\}", "", own[0])))
    return tuple((re.compile(_expression(key)), text) for key, text in known)


def _expression(key: str) -> str:
    def place(match: re.Match[str]) -> str:
        name = match[1]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>{_DIGITS})" if name == "n" or name.startswith("n_") else f"(?P<{name}>{_WITHIN})"

    seen: set[str] = set()
    return _PLACE.sub(place, re.escape(key))
