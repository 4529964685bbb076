"""Words and word pairs of review sentences for keywords, in scripts with and without spaces."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import Final

from pipeline.reviews.text.glossary import stems_of
from pipeline.reviews.text.words import stop_words

#: Chinese characters that stand between words: no keyword spans them
_HAN_BREAKS: Final = re.compile("[的了是很都在有和就也不我你他她它这那一个們们会會還还非常让讓给給从從与與及]+")
_PIECE: Final = re.compile(r"[.!?,;:…()\n\"“”«»。！？，、/|]+")
_WORD: Final = re.compile(
    r"(?P<han>[\u3400-\u9fff\uf900-\ufaff]+)|(?P<katakana>[ァ-ヺー]{2,})|(?P<hiragana>[ぁ-ゖ]+)"
    r"|(?P<hangul>[가-힣]+)|(?P<other>[^\W\d_ぁ-ヺ\u3400-\u9fff가-힣]+(?:['’][^\W\d_]+)*)"
)
_HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_ALL_HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_LONGEST_HAN_WORD: Final = 3
_ELISION: Final = re.compile(r"^(?:l|d|j|n|s|m|t|c|qu)['’](?=\w{2})")
_POSSESSIVE: Final = re.compile(r"['’]s$")
# longest first; a particle is only cut from a stem of two syllables or more
_PARTICLE: Final = re.compile(
    r"(?<=[가-힣]{2})(?:이라서|에서는|에서도|으로는|까지는|이라|에서|에는|에도|으로|까지|부터|처럼|하고|이랑|보다|마다|"
    r"은|는|이|가|을|를|에|의|도|로|와|과|랑|만)$"
)


def words_of(text: str, *, keep_stop_words: bool = False, exclude: frozenset[str] = frozenset()) -> list[str]:
    """Keyword candidates of ``text``: its words, and pairs of neighbours within one clause.

    Runs of Han characters give the words that the glossary knows, else pairs of characters; Korean words lose
    their particle, French ones their elided article. Stop words of all languages are left out unless
    ``keep_stop_words``; ``exclude`` always.
    """
    found: list[str] = []
    for piece in _PIECE.split(text.lower()):
        run: list[str] = []
        for match in _WORD.finditer(piece):
            for word in _forms(match):
                if (keep_stop_words or _means_something(word)) and word not in exclude:
                    run.append(word)
                else:
                    found.extend(_with_pairs(run))
                    run = []
        found.extend(_with_pairs(run))
    return found


def stem(word: str) -> str:
    """A rough stem, only to see that two keywords are forms of one word (``tram``, ``trams``)."""
    if re.search(r"[^\x00-\u024f]", word):
        return word[:2]
    for ending in ("ness", "ly", "es", "s", "y", "ing", "ed", "en", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


def _forms(match: re.Match[str]) -> list[str]:
    word, kind = match[0], match.lastgroup
    if kind == "han":
        return _han_words(word)
    if kind == "hiragana":
        return [word] if len(word) >= 3 else []
    if kind == "hangul":
        return [_PARTICLE.sub("", word)]
    return [_POSSESSIVE.sub("", _ELISION.sub("", word)).replace("’", "'")]


def _han_words(run: str) -> list[str]:
    """Words of the glossary, longest first; what is left over, if it is short, else its pairs of characters."""
    words: list[str] = []
    start = 0
    for match in [*_known_han().finditer(run), None]:
        for part in _HAN_BREAKS.split(run[start : match.start() if match else len(run)]):
            words += [part] if len(part) <= _LONGEST_HAN_WORD else [a + b for a, b in pairwise(part)]
        if match:
            words.append(match[0])
            start = match.end()
    return words


@cache
def _known_han() -> re.Pattern[str]:
    written = {stem for language in ("zh", "ja") for stem in stems_of(language) if len(stem) > 1}
    known = sorted((stem for stem in written if _ALL_HAN.fullmatch(stem)), key=lambda stem: (-len(stem), stem))
    return re.compile("|".join(map(re.escape, known)))


def _means_something(word: str) -> bool:
    return len(word) > 1 and word not in stop_words()


def _with_pairs(run: list[str]) -> list[str]:
    pairs = [f"{a} {b}" for a, b in pairwise(run) if a != b and not _HAN.match(a + b)]
    return run + pairs
