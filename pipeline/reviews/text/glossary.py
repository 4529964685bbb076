"""A bridge to English for sentence models that know nothing else: each known concept as an English word.

The glossary (``glossary.tsv``) was written for reviews of places to stay: one concept a line, English first,
then word stems by language. ``_`` joins the words of a phrase. Where one stem begins with another, the longer
one counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from pipeline.reviews.text.words import UNDETERMINED, guess_language, stop_words

GLOSSARY_FILE: Final = Path(__file__).with_name("glossary.tsv")
#: shorter stems of alphabets count as whole words only
_LEAST_STEM: Final = 4
_WITHOUT_SPACES: Final = frozenset({"zh", "ja"})
#: a Korean stem of one syllable begins a word
_SINGLE_SYLLABLE: Final = re.compile(r"[가-힣]")
_ENGLISH_WORD: Final = re.compile(r"[a-z]{2,}")
_LATIN_WORD: Final = re.compile(r"[A-Za-z]{2,}")


def gloss(text: str, language: str) -> str:
    """The known concepts of ``text`` in English, in its order; ``""`` where none is known.

    >>> gloss("방은 작지만 아주 깨끗해요.", "ko")
    'room small but very clean'
    """
    known = _stems(language)
    if not known:
        return ""
    words: list[str] = []
    for match in _pattern(language).finditer(_folded(text)):
        stem = match["stem"]
        english = known["".join(stem.split())] if stem else _kept(match[0], language)
        if english and words[-1:] != [english]:
            words.append(english)
    return " ".join(words) if _says_something(words) else ""


def concepts_of(text: str, language: str) -> tuple[str, ...]:
    """The glossary's concepts that ``text`` names, each once, in its order; none for unknown languages."""
    known = _stems(language)
    if not known:
        return ()
    stems = (match["stem"] for match in _pattern(language).finditer(_folded(text)))
    return tuple(dict.fromkeys(known["".join(stem.split())] for stem in stems if stem))


def stems_of(language: str) -> frozenset[str]:
    """All stems of a language, without spaces."""
    return frozenset(_stems(language))


@cache
def languages() -> frozenset[str]:
    """BCP 47 codes that the glossary covers."""
    return frozenset(_table()[0][1:])


def english_reading(text: str, language: str, translation: str | None = None) -> str:
    """What an English model should read instead of ``text``: a translation, a gloss, else the text itself."""
    if language in ("en", UNDETERMINED):
        return text
    if translation and guess_language(translation) in ("en", UNDETERMINED):
        return translation
    return gloss(text, language) or text


def _says_something(words: Sequence[str]) -> bool:
    return any(word not in stop_words("en") for part in words for word in part.split())


def _kept(word: str, language: str) -> str:
    """Names and English words in the middle of another language: wifi, MRT."""
    if language in _WITHOUT_SPACES or language == "ko":
        return word
    return word if word in _english_words() else ""


@cache
def _table() -> tuple[tuple[str, ...], ...]:
    lines = GLOSSARY_FILE.read_text(encoding="utf-8").splitlines()
    return tuple(tuple(line.split("\t")) for line in lines if line.strip())


@cache
def _english_words() -> frozenset[str]:
    return frozenset(word for row in _table()[1:] for word in _ENGLISH_WORD.findall(row[0])) - stop_words("en")


@cache
def _stems(language: str) -> dict[str, str]:
    """Stem (folded, without spaces) to English; of equal stems the first counts."""
    header, *rows = _table()
    if language not in header[1:]:
        return {}
    column = header.index(language)
    stems: dict[str, str] = {}
    for row in rows:
        for stem in row[column].split():
            stems.setdefault(_folded(stem).replace("_", ""), row[0])
    return stems


@cache
def _pattern(language: str) -> re.Pattern[str]:
    header, *rows = _table()
    column = header.index(language)
    written = {_folded(stem).replace("_", " ") for row in rows for stem in row[column].split()}
    stems = sorted(written, key=lambda stem: (-len(stem), stem))
    alternatives = "|".join(_as_pattern(stem, language) for stem in stems)
    return re.compile(rf"(?P<stem>{alternatives})|{_LATIN_WORD.pattern}")


def _as_pattern(stem: str, language: str) -> str:
    written = re.escape(stem).replace(r"\ ", r"\s?")
    if language in _WITHOUT_SPACES:
        return written
    if language == "ko":
        return rf"(?<![가-힣]){written}" if len(_SINGLE_SYLLABLE.findall(stem)) == len(stem) == 1 else written
    ending = r"(?![^\W\d_])" if len(stem) < _LEAST_STEM else ""
    return rf"(?<![^\W\d_]){written}{ending}"


def _folded(text: str) -> str:
    """Lower case, accents and umlauts off (Hangul and kana stay whole), hyphens as spaces."""
    plain = []
    for sign in text.casefold().replace("-", " ").replace("’", "'"):
        base = unicodedata.normalize("NFD", sign)[0] if "\u00c0" <= sign <= "\u024f" else sign
        plain.append(base)
    return "".join(plain)
