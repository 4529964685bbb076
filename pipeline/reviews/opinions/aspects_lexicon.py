"""Hand-written lexicons of seven languages, and where their entries stand in a sentence.

A lexicon file is UTF-8 text. ``# ...`` is a comment; ``@ tag tag ...`` opens a group; the lines below hold its
patterns, separated by commas. A pattern may stand in several groups: its tags are united.

=============  ============================================================================================
tag            meaning
=============  ============================================================================================
``clean`` ...  an aspect: ``clean noise loc price fac host``; with ``?`` a hint that needs company
``fac+``       the aspect, and good (``-`` bad; ``^`` after the sign: only mildly)
``+``  ``-``   good or bad, whatever the aspect
``skip``       nothing: hides the shorter patterns that it covers ("by far", "living area")
``not``        turns the next feeling; ``none``: and what has no feeling is missing
``post``       turns the feeling before it (Korean, Japanese); ``none`` beside it: as above
``but``        a new clause that contrasts; ``cut``: a new clause
``wish``       what follows is missing; ``only``: a criticism follows
``waive``      the fault before does not matter; ``settle``: the writer's balance is good
``fear``       what follows was only expected
``pron``       a person who may be the host
=============  ============================================================================================

Patterns in Latin letters match whole words (``clean*`` any word that starts so, ``_`` up to two words); those
of Chinese, Japanese and Korean match anywhere (``^`` before: only where a word starts). The longest match wins.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple

LEXICON_FOLDER: Final = Path(__file__).with_name("lexicon")
LANGUAGES: Final = ("en", "ko", "zh", "ja", "fr", "de", "es")
ASPECT_TAGS: Final[dict[str, str]] = {
    "clean": "cleanliness",
    "noise": "noise",
    "loc": "location",
    "price": "price",
    "fac": "facilities",
    "host": "host",
}
ROLES: Final = frozenset(
    {"not", "none", "post", "but", "cut", "wish", "waive", "settle", "fear", "only", "pron"}
)
UNSPACED: Final = frozenset({"ko", "zh", "ja"})
_MILD: Final = 0.4
_MAX_GAP_WORDS: Final = 2
_TAG: Final = re.compile(r"^([a-z]*)(\??)([+-]?)(\^?)$")
_TOKEN: Final = re.compile(r"\d+|[^\W\d_]+(?:'[^\W\d_]+)*|[%$+👍😊❤]")
_ELIDED: Final = re.compile(r"\d+|[^\W\d_]+'?|[%$+👍😊❤]")
_JOINT: Final = re.compile(r"[\s\-/'’_~&]{0,3}$")
_LATIN_RUN: Final = re.compile(r"[0-9A-Za-zÀ-ɏ][0-9A-Za-zÀ-ɏ'’\s\-/&]*")
_GERMAN: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class Tag(NamedTuple):
    """What one pattern says.

    Attributes:
        aspect: full name of the aspect; empty for a plain feeling or a role.
        role: name of the role; empty otherwise.
        value: feeling in [-1, 1]; 0 says nothing.
        hint: whether the aspect needs company.
    """

    aspect: str
    role: str
    value: float
    hint: bool


class Cue(NamedTuple):
    """A pattern at ``start`` to ``end`` (characters); ``word`` and ``words``: first token and how many."""

    start: int
    end: int
    word: int
    words: int
    tags: tuple[Tag, ...]


class Word(NamedTuple):
    """A folded token and where it stands."""

    text: str
    start: int
    end: int
    joined: bool


def parse_tag(text: str) -> Tag | None:
    """Read one tag of a head line; ``None`` for ``skip``; ``ValueError`` if it is none."""
    if text == "skip":
        return None
    match = _TAG.match(text)
    if match is None or (match[1] and match[1] not in ASPECT_TAGS and match[1] not in ROLES):
        raise ValueError(f"{text!r} is no lexicon tag; use one of {sorted(ASPECT_TAGS)}, {sorted(ROLES)}, skip")
    name, hint, sign, mild = match.groups()
    value = {"+": 1.0, "-": -1.0, "": 0.0}[sign] * (_MILD if mild else 1.0)
    return Tag(ASPECT_TAGS.get(name, ""), name if name in ROLES else "", value, bool(hint))


def parse_lexicon(text: str) -> dict[str, tuple[Tag, ...]]:
    """Patterns and their tags, of the text of a lexicon file."""
    entries: dict[str, dict[tuple[str, str], Tag]] = {}
    tags: list[Tag] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("@"):
            try:
                tags = [tag for name in line[1:].split() if (tag := parse_tag(name)) is not None]
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from error
            continue
        for pattern in filter(None, (piece.strip() for piece in line.split(","))):
            known = entries.setdefault(pattern, {})
            for tag in tags:
                before = known.get((tag.aspect, tag.role))
                if before is None or before.value == 0:
                    known[tag.aspect, tag.role] = tag
    return {pattern: tuple(found.values()) for pattern, found in entries.items()}


@cache
def _file(name: str) -> dict[str, tuple[Tag, ...]]:
    return parse_lexicon((LEXICON_FOLDER / f"{name}.txt").read_text(encoding="utf-8"))


def fold(word: str, language: str) -> str:
    """Lower case without accents; German umlauts written out."""
    word = word.lower()
    if word.isascii():
        return word
    if language == "de":
        word = word.translate(_GERMAN)
    return "".join(sign for sign in unicodedata.normalize("NFD", word) if not unicodedata.combining(sign))


def tokenise(text: str, language: str) -> list[Word]:
    """Words, numbers (as ``#``) and a few signs; ``joined`` where but a blank or hyphen stands before."""
    plain = text.replace("’", "'").replace("`", "'").replace("´", "'")
    pattern = _ELIDED if language == "fr" else _TOKEN
    words: list[Word] = []
    before = 0
    for match in pattern.finditer(plain):
        joined = bool(words) and _JOINT.match(plain[before : match.start()]) is not None
        token = "#" if match[0].isdigit() else fold(match[0], language)
        words.append(Word(token, match.start(), match.end(), joined))
        before = match.end()
    return words


@dataclass
class _Node:
    exact: dict[str, _Node] = field(default_factory=dict)
    stems: dict[str, _Node] = field(default_factory=dict)
    gap: _Node | None = None
    tags: tuple[Tag, ...] | None = None


class WordLexicon:
    """Patterns of words, for languages that write spaces."""

    def __init__(self, language: str, entries: dict[str, tuple[Tag, ...]]) -> None:
        self.language = language
        self._root = _Node()
        for pattern, tags in entries.items():
            self._add(pattern, tags)

    def _add(self, pattern: str, tags: tuple[Tag, ...]) -> None:
        node = self._root
        for part in pattern.replace("'", "' ").split() if self.language == "fr" else pattern.split():
            token = part if part in ("#", "_") else fold(part.rstrip("*"), self.language)
            if part == "_":
                node.gap = node.gap or _Node()
                node = node.gap
            elif part.endswith("*"):
                node = node.stems.setdefault(token, _Node())
            else:
                node = node.exact.setdefault(token, _Node())
        node.tags = tags if node.tags is None else _united(node.tags, tags)

    def find(self, text: str, offset: int = 0) -> list[Cue]:
        """All longest matches, left to right; ``offset`` is added to their places."""
        words = tokenise(text, self.language)
        cues: list[Cue] = []
        index = 0
        while index < len(words):
            end, tags = self._longest(words, index)
            if end == index:
                index += 1
                continue
            if tags:
                place = (words[index].start + offset, words[end - 1].end + offset)
                cues.append(Cue(*place, index, end - index, tags))
            index = end
        return cues

    def _longest(self, words: list[Word], index: int) -> tuple[int, tuple[Tag, ...]]:
        best: tuple[int, int, tuple[Tag, ...]] = (index, 0, ())
        stack: list[tuple[_Node, int, int]] = [(self._root, index, 0)]
        while stack:
            node, place, exactness = stack.pop()
            if node.tags is not None and (place, exactness) > best[:2]:
                best = (place, exactness, node.tags)
            if place >= len(words) or (place > index and not words[place].joined):
                continue
            if node.gap is not None:
                reach = min(place + _MAX_GAP_WORDS, len(words))
                stack.extend((node.gap, to, exactness) for to in range(place, reach + 1))
            stack.extend(
                (child, place + 1, exactness + weight) for child, weight in _steps(node, words[place].text)
            )
        return best[0], best[2]


def _steps(node: _Node, token: str) -> Iterator[tuple[_Node, int]]:
    child = node.exact.get(token)
    if child is not None:
        yield child, 100
    if node.stems:
        for length in range(2, len(token) + 1):
            child = node.stems.get(token[:length])
            if child is not None:
                yield child, length


def _united(first: tuple[Tag, ...], second: tuple[Tag, ...]) -> tuple[Tag, ...]:
    known = {(tag.aspect, tag.role): tag for tag in second}
    known |= {(tag.aspect, tag.role): tag for tag in first if tag.value or (tag.aspect, tag.role) not in known}
    return tuple(known.values())


class _Entry(NamedTuple):
    at_word_start: bool
    spaced: bool
    tags: tuple[Tag, ...]


class CharacterLexicon:
    """Patterns of characters, for Chinese, Japanese and Korean; words in Latin letters go to ``latin``.

    ``looks_ahead``: a pattern gives way to one as long that begins inside it (Chinese words have no endings).
    """

    def __init__(self, entries: dict[str, tuple[Tag, ...]], latin: WordLexicon, *, looks_ahead: bool) -> None:
        self._latin = latin
        self._looks_ahead = looks_ahead
        self._by_length: dict[str, dict[str, _Entry]] = {}
        self._gapped: dict[str, list[tuple[re.Pattern[str], tuple[Tag, ...]]]] = {}
        for pattern, tags in entries.items():
            at_start, spaced = pattern.startswith("^"), " " in pattern
            plain = pattern.lstrip("^").replace(" ", "").lower()
            if "_" in plain:
                expression = re.compile(".{0,5}?".join(map(re.escape, plain.split("_"))))
                self._gapped.setdefault(plain[0], []).append((expression, tags))
            else:
                known = self._by_length.setdefault(plain[0], {}).get(plain)
                united = tags if known is None else _united(known.tags, tags)
                self._by_length[plain[0]][plain] = _Entry(
                    at_start, spaced or (known is not None and known.spaced), united
                )
        self._lengths = {
            first: sorted({len(pattern) for pattern in group}, reverse=True)
            for first, group in self._by_length.items()
        }

    def find(self, text: str, offset: int = 0) -> list[Cue]:
        """All longest matches, left to right, by the place where they start; ``word`` counts characters."""
        places = [index for index, sign in enumerate(text) if not sign.isspace()]
        dense = "".join(text[index] for index in places).lower()
        if len(dense) != len(places):
            dense = "".join(text[index] for index in places)
        starts = [index == 0 or not text[index - 1].isalnum() for index in places]
        words = list(accumulate(int(start) for start in starts))
        cues: list[Cue] = []
        index = 0
        while index < len(dense):
            length, tags = self._longest(dense, index, starts[index], words)
            if self._looks_ahead and length > 1 and self._is_cut_off(dense, index, length, starts, words):
                index += 1
                continue
            if tags:
                end = places[index + length - 1] + 1
                cues.append(Cue(places[index] + offset, end + offset, index, length, tags))
            index += length or 1
        cues.extend(self._latin_cues(text, places, offset))
        return sorted(cues, key=lambda cue: cue.start)

    def _is_cut_off(self, dense: str, index: int, length: int, starts: list[bool], words: list[int]) -> bool:
        """Whether a match as long begins inside this one and ends behind it: very hot | hearted."""
        end = index + length
        for inner in range(index + 1, end):
            reach, _ = self._longest(dense, inner, starts[inner], words)
            if reach >= length and inner + reach > end:
                return True
        return False

    def _latin_cues(self, text: str, places: list[int], offset: int) -> Iterator[Cue]:
        dense_of = {place: index for index, place in enumerate(places)}
        for run in _LATIN_RUN.finditer(text):
            for cue in self._latin.find(run[0], run.start()):
                first, last = dense_of[cue.start], dense_of[cue.end - 1]
                yield Cue(cue.start + offset, cue.end + offset, first, last - first + 1, cue.tags)

    def _longest(self, dense: str, index: int, starts: bool, words: list[int]) -> tuple[int, tuple[Tag, ...]]:
        first = dense[index]
        found: tuple[int, tuple[Tag, ...]] = (0, ())
        group = self._by_length.get(first)
        if group is not None:
            for length in self._lengths[first]:
                if index + length > len(dense):
                    continue
                hit = group.get(dense[index : index + length])
                if hit is None:
                    continue
                crosses = words[index] != words[index + length - 1] and not hit.spaced
                if starts or not (hit.at_word_start or crosses):
                    found = (length, hit.tags)
                    break
        for expression, tags in self._gapped.get(first, ()):
            match = expression.match(dense, index)
            if match is not None and match.end() - index > found[0]:
                found = (match.end() - index, tags)
        return found


Lexicon = WordLexicon | CharacterLexicon


@cache
def lexicon(language: str) -> Lexicon:
    """The lexicon of one of :data:`LANGUAGES`; ``latin`` unites those in Latin letters."""
    common = _file("common")
    if language in UNSPACED:
        return CharacterLexicon(_file(language), _borrowed(), looks_ahead=language == "zh")
    names = ("en", "fr", "de", "es") if language == "latin" else (language,)
    return WordLexicon(language, _merged([common, *(_file(name) for name in names)]))


@cache
def _borrowed() -> WordLexicon:
    return WordLexicon("en", _merged([_file("common"), _file("en")]))


def _merged(parts: Iterable[dict[str, tuple[Tag, ...]]]) -> dict[str, tuple[Tag, ...]]:
    merged: dict[str, tuple[Tag, ...]] = {}
    for part in parts:
        for pattern, tags in part.items():
            merged[pattern] = _united(merged[pattern], tags) if pattern in merged else tags
    return merged


_KANA: Final = re.compile(r"[ぁ-ヺ]")
_HANGUL: Final = re.compile(r"[가-힣]")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")


def reading_language(text: str, language: str) -> str:
    """Which lexicon reads ``text``: by its script, then ``language``; ``latin`` if that is none of ours."""
    if _HANGUL.search(text):
        return "ko"
    if _KANA.search(text):
        return "ja"
    if _HAN.search(text):
        return "ja" if language == "ja" else "zh"
    code = language.replace("_", "-").split("-")[0].lower()
    return code if code in LANGUAGES and code not in UNSPACED else "latin" if code not in UNSPACED else "en"
