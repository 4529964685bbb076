"""Words and word pairs of review sentences for keywords, in scripts with and without spaces."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
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
#: endings of verbs and adjectives that are made of a noun: 깨끗했어요, 조용한, 편리합니다
_ENDING: Final = re.compile(
    r"(?<=[가-힣]{2})(?:했습니다|했어요|했구요|했고|했지만|했는데|합니다|해요|하지만|하여|해서|하게|하다|한|입니다|이에요|이었습니다|이었어요|"
    r"였습니다|였어요|예요|들)$"
)
#: occurrences of a run of Han characters below which it is no word of its own
_LEAST_HAN: Final = 2
#: a longer run that has this share of the occurrences of a shorter one is the word
_MOSTLY_LONGER: Final = 0.75
_LONGEST_NAME: Final = 6


def words_of(
    text: str,
    *,
    keep_stop_words: bool = False,
    exclude: frozenset[str] = frozenset(),
    whole: frozenset[str] = frozenset(),
) -> list[str]:
    """Keyword candidates of ``text``: its words, and pairs of neighbours within one clause.

    Runs of Han characters give the words that the glossary knows, else pairs of characters; Korean words lose
    their particle, French ones their elided article. Stop words of all languages are left out unless
    ``keep_stop_words``; ``exclude`` always. Runs in ``whole`` (see :func:`whole_han`) stay uncut.
    """
    found: list[str] = []
    for piece in _PIECE.split(text.lower()):
        run: list[str] = []
        for match in _WORD.finditer(piece):
            for word in _forms(match, whole):
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


def whole_han(texts: Iterable[str]) -> frozenset[str]:
    """Chinese and Japanese words of these texts that no list knows: runs that come back whole (王府井, 乌节路).

    A run counts if it comes twice, and is no mere part: no longer run has most of its occurrences (after the
    C-value of Frantzi, Ananiadou and Mima 2000).
    """
    counts: Counter[str] = Counter()
    for text in texts:
        for run in _ALL_HAN.findall(text):
            for part in _HAN_BREAKS.split(run):
                longest = min(_LONGEST_NAME, len(part))
                counts.update(
                    {part[a : a + size] for size in range(2, longest + 1) for a in range(len(part) - size + 1)}
                )
    often = {run: count for run, count in counts.items() if count >= _LEAST_HAN}
    longer: Counter[str] = Counter()
    for run, count in often.items():
        for shorter in (run[1:], run[:-1]):
            longer[shorter] = max(longer[shorter], count)
    known = {stem for language in ("zh", "ja") for stem in stems_of(language) if len(stem) > 1}
    return frozenset(
        run
        for run, count in often.items()
        if len(run) > 2 and longer[run] < _MOSTLY_LONGER * count and not any(stem in run for stem in known)
    )


def _forms(match: re.Match[str], whole: frozenset[str]) -> list[str]:
    word, kind = match[0], match.lastgroup
    if kind == "han":
        return _han_words(word, whole)
    if kind == "hiragana":
        return [word] if len(word) >= 3 else []
    if kind == "hangul":
        return [_ENDING.sub("", _PARTICLE.sub("", word))]
    return [_POSSESSIVE.sub("", _ELISION.sub("", word)).replace("’", "'")]


def _han_words(run: str, whole: frozenset[str]) -> list[str]:
    """Words of the glossary, longest first; what is left over, if it is short, else its pairs of characters."""
    words: list[str] = []
    start = 0
    for match in [*_known_han(whole).finditer(run), None]:
        for part in _HAN_BREAKS.split(run[start : match.start() if match else len(run)]):
            words += [part] if len(part) <= _LONGEST_HAN_WORD else [a + b for a, b in pairwise(part)]
        if match:
            words.append(match[0])
            start = match.end()
    return words


@lru_cache(maxsize=8)
def _known_han(whole: frozenset[str]) -> re.Pattern[str]:
    written = whole | {stem for language in ("zh", "ja") for stem in stems_of(language) if len(stem) > 1}
    known = sorted((stem for stem in written if _ALL_HAN.fullmatch(stem)), key=lambda stem: (-len(stem), stem))
    return re.compile("|".join(map(re.escape, known)))


def _means_something(word: str) -> bool:
    return len(word) > 1 and word not in stop_words()


def _with_pairs(run: list[str]) -> list[str]:
    pairs = [f"{a} {b}" for a, b in pairwise(run) if a != b and not _HAN.match(a + b)]
    return run + pairs
