"""A name for every topic, as a person would write it: what it is about, as guests feel about it."""

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Int64

from pipeline.reviews.text import MANNER, names_thing, stem, things_in, whole_han, words_of
from pipeline.reviews.topics.nouns import Nouns
from pipeline.reviews.topics.phrases import (
    BROAD,
    GENERAL,
    MIXED,
    MOSTLY_BLAME,
    PHRASES,
    SPECIFIC,
    defect_in,
    phrase_for,
)
from pipeline.reviews.topics.things import Subjects

#: a pair of words is worth more than its words alone
_PAIR_BONUS: Final = 1.5
#: words that praise or name anything: they only make a label where there is nothing else
_BLAND_WORDS: Final = """
    great good nice perfect amazing excellent wonderful fantastic lovely best awesome super place places
    stay stayed staying location host hosts room rooms apartment house accommodation accommodations time
    experience everything really recommend recommended enjoyed highly definitely trip thing things airbnb 좋은
    좋았 숙소 정말 房间 地方 不错 很好 宿 部屋 logement appartement séjour parfait super bien bon très
    unterkunft wohnung
    city area day days night nights time value money people help use way minute minutes distance lot part
    staff hostel hotel condo trip visit family stay one bit aufenthalt super schön gut alojamiento apartamento
    estancia lugar excelente perfecto
"""
_BLAND: Final = frozenset(_BLAND_WORDS.split())
#: a topic speaks a language from this share of its sentences
_OWN_LANGUAGE: Final = 0.4
#: a verb that belongs to its particle: check-in, check out
_WITH_PARTICLE: Final = re.compile(r"(?<![^\W_])([a-z]{3,})[- ]?(in|out|up|off)(?![^\W_])")
_SURFACE: Final = re.compile(r"(?<=[^\W\d_]\s)[^\W\d_]+(?:['’][^\W\d_]+)*")
_PLAIN_WORD: Final = re.compile(r"[a-z]{3,}")
_LEAST_HYPHENS: Final = 2
_MOSTLY: Final = 0.6
UNNAMED: Final = "other"
#: share of a topic's sentences that must hold a word of its own for its label, of one; rarer ones name a detail
_LEAST_OWN_SHARE: Final = 0.08
#: log of how much more often than everywhere; a word below is everywhere
_LEAST_OWN_LIFT: Final = 0.4
_LEAST_OWN: Final = 3
#: the same for broad subjects (cleanliness, host), of one: with them go many things
_LEAST_BROAD_SHARE: Final = 0.13
#: share of a word's sentences in which it stands in a pair that is then its name, of one
_MOSTLY_IN_PAIR: Final = 0.5
#: subjects whose own words would only say the same again
NAMED: Final = frozenset(PHRASES) - SPECIFIC
#: share of general praise from which a topic is called that, of one
_PRAISE_SHARE: Final = 0.6


@dataclass(frozen=True)
class Named:
    """N sentences with all that topics are named by.

    Attributes:
        languages: a label's own words are of the language of most of its topic; may be empty.
        subjects: what groups of them are about; ``None``: nobody looked.
        feelings: of each (``pos``, ``neg``, ``mixed``, ``neutral``), if they were read.
        praise: whether each is general praise; empty where nobody looked.
        people: lower-cased words that name people; no label holds them.
    """

    texts: Sequence[str]
    languages: Sequence[str] = ()
    subjects: Subjects | None = None
    feelings: Sequence[str] | None = None
    praise: Sequence[bool] = ()
    people: frozenset[str] = frozenset()


def name_topics(
    named: Named,
    labels: Int64[np.ndarray, "N"],
    keywords: Sequence[Sequence[str]],
) -> list[str]:
    """One label per topic, no two the same.

    A topic about one thing is called by it, as guests feel about it, with words that are this place's own
    ("Near the station · Farrer Park"); where they complain of a defect, by that ("Mould in the bathroom").
    Praise of nothing is called that. Other topics get their most typical nouns.

    Args:
        labels: topics of the sentences, -1 for none.
        keywords: of the topics, heaviest first.
    """
    namer = _Namer.of(named)
    result: list[str] = []
    for topic, words in enumerate(keywords):
        rows = np.flatnonzero(labels == topic).tolist()
        result.append(namer.name(rows, words, result))
    return result


@dataclass(frozen=True)
class _Namer:
    named: Named
    words: Sequence[frozenset[str]]
    everywhere: Counter[str]
    nouns: Nouns
    town: str
    written: Mapping[str, str]

    @classmethod
    def of(cls, named: Named) -> "_Namer":
        whole = whole_han(named.texts)
        words = [frozenset(words_of(text, exclude=named.people, whole=whole)) for text in named.texts]
        everywhere = Counter(word for found in words for word in found)
        written = _written_forms(named.texts)
        nouns = Nouns.of(named.texts)
        return cls(named, words, everywhere, nouns, nouns.town(), written)

    def name(
        self,
        rows: Sequence[int],
        keywords: Sequence[str],
        taken: Collection[str],
    ) -> str:
        """A name for the sentences of one topic that is not ``taken``."""
        blamed = self._feeling(rows, ("neg", "mixed"))
        praised = self._feeling(rows, ("pos",))
        subject = None if self.named.subjects is None else self.named.subjects.of_group(rows)
        complains = len(blamed) >= MOSTLY_BLAME * max(len(praised) + len(blamed), 1)
        defect = defect_in([self.named.texts[row] for row in blamed]) if complains and blamed else None
        own = self._own_words(blamed if complains and blamed else rows, subject, defect)
        if self._is_praise(rows):
            return _first_free([GENERAL], own, self.written, taken, fixed=1)
        if defect or subject:
            phrase = defect or phrase_for(str(subject), len(praised), len(blamed))
            return _first_free([phrase, *own[:1]], own[1:], self.written, taken, fixed=1)
        keywords = [word for word in keywords if word != self.town]
        if not own:
            return _first_free([MIXED], keywords, self.written, taken, fixed=1)
        label = _first_free(own[:2], [*own[2:], *keywords], self.written, taken)
        return f"Complaints: {label[:1].lower()}{label[1:]}" if complains and blamed else label

    def _feeling(self, rows: Sequence[int], wanted: Collection[str]) -> list[int]:
        feelings = self.named.feelings
        return [] if feelings is None else [row for row in rows if feelings[row] in wanted]

    def _is_praise(self, rows: Sequence[int]) -> bool:
        """Whether most sentences praise nothing in particular."""
        return bool(self.named.praise) and sum(self.named.praise[row] for row in rows) >= _PRAISE_SHARE * len(
            rows
        )

    def _own_words(self, rows: Sequence[int], thing: str | None, defect: str | None) -> list[str]:
        """Nouns that this place's sentences on the topic hold more often than its others, the best first."""
        codes = list(self.named.languages) or [""] * len(self.named.texts)
        own = _in_own_language(rows, codes)
        inside = Counter(word for row in own for word in self.words[row])
        share = _LEAST_BROAD_SHARE if thing in BROAD else _LEAST_OWN_SHARE
        least = max(_LEAST_OWN, share * len(own))
        scores = {}
        for word, count in inside.items():
            usual = (self.everywhere[word] + 0.5) / len(self.words)
            lift = math.log((count + 0.5) / (max(len(own), 1) * usual))
            told = thing in NAMED and names_thing(self.written.get(word, word), str(thing))
            told = told or bool(set(word.split()) & set((defect or "").casefold().split()))
            bland = all(part in _BLAND or part == self.town for part in word.split())
            bland = bland or any(name.startswith(MANNER) for name in things_in(word))
            if (
                count >= least
                and lift >= _LEAST_OWN_LIFT
                and not told
                and not bland
                and self.nouns.is_noun(word)
            ):
                scores[word] = count * lift * (_PAIR_BONUS if " " in word else 1.0)
        ranked = sorted(scores, key=lambda word: (-scores[word], word))
        return _different([_whole_name(word, scores, inside) for word in ranked])


def _whole_name(word: str, scores: Mapping[str, float], inside: Mapping[str, int]) -> str:
    """The pair that a word mostly stands in: ``orchard`` as orchard road."""
    pairs = [pair for pair in scores if " " in pair and word in pair.split()]
    best = max(pairs, key=lambda pair: (inside[pair], pair), default=word)
    return best if inside[best] >= _MOSTLY_IN_PAIR * inside[word] else word


def _different(words: Sequence[str]) -> list[str]:
    """The words without later forms of earlier ones."""
    chosen: list[str] = []
    stems: set[str] = set()
    for word in words:
        own = {stem(part) for part in word.split()}
        if not own & stems:
            chosen.append(word)
            stems |= own
    return chosen


def _first_free(
    parts: Sequence[str],
    spares: Sequence[str],
    written: Mapping[str, str],
    taken: Collection[str],
    fixed: int = 0,
) -> str:
    """A label of the parts; where another topic has it, with the first spare word that tells them apart.

    Args:
        fixed: so many of the parts are phrases, written as they stand.
    """
    phrases, words = list(parts[:fixed]), list(parts[fixed:])
    label = _joined(phrases, words, written)
    for spare in spares:
        if label not in taken:
            break
        label = _joined(phrases, [*words[:1], spare], written)
    number = 2
    while label in taken:
        label, number = f"{_joined(phrases, words, written)} ({number})", number + 1
    return label


def _joined(phrases: Sequence[str], words: Sequence[str], written: Mapping[str, str]) -> str:
    shown = [*phrases, *(" ".join(written.get(word, word) for word in phrase.split()) for phrase in words)]
    label = " · ".join(shown) or UNNAMED
    return label[:1].upper() + label[1:]


def _in_own_language(rows: Sequence[int], codes: Sequence[str]) -> Sequence[int]:
    """The rows of a topic in its main language, or all of them where none is spoken enough."""
    main = Counter(codes[row] for row in rows).most_common(1)[0][0]
    own = [row for row in rows if codes[row] == main]
    return own if len(own) >= _OWN_LANGUAGE * len(rows) else rows


def _written_forms(texts: Sequence[str]) -> dict[str, str]:
    """How each word is mostly written inside a sentence: ``mrt`` as MRT, ``chinatown`` as Chinatown."""
    forms: dict[str, Counter[str]] = {}
    for text in texts:
        for match in _SURFACE.finditer(text):
            forms.setdefault(match[0].casefold(), Counter())[match[0]] += 1
    written = {
        word: max(counts.items(), key=lambda item: (item[1], item[0]))[0] for word, counts in forms.items()
    }
    return written | _with_particles(texts)


def _with_particles(texts: Sequence[str]) -> dict[str, str]:
    """``check`` as check-in, where guests also write it with a hyphen and seldom without its particle."""
    joined: dict[str, Counter[str]] = {}
    hyphens: Counter[tuple[str, str]] = Counter()
    alone: Counter[str] = Counter()
    for text in texts:
        small = text.casefold()
        for match in _WITH_PARTICLE.finditer(small):
            joined.setdefault(match[1], Counter())[match[2]] += 1
            hyphens[match[1], match[2]] += "-" in match[0]
        alone.update(_PLAIN_WORD.findall(small))
    found = {}
    for verb, counts in joined.items():
        particle, count = max(counts.items(), key=lambda item: (item[1], item[0]))
        if hyphens[verb, particle] >= _LEAST_HYPHENS and count >= _MOSTLY * max(alone[verb], 1):
            found[verb] = f"{verb}-{particle}"
    return found
