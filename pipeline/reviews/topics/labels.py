"""A name for every topic, as a person would write it: up to three phrases of the reviews themselves.

Candidates are words and pairs of neighbouring words, ranked by how typical they are and by how near their
meaning is to that of the topic (after KeyBERT, Grootendorst 2020), and chosen so that they differ (maximal
marginal relevance, Carbonell and Goldstein 1998).
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np
from jaxtyping import Float, Float32, Int64

from pipeline.reviews.text import stem, words_of
from pipeline.reviews.topics.bertopic_model import EmbedWords

_PHRASES: Final = 3
_CANDIDATES: Final = 12
#: weight of being different from what was chosen already
_DIFFERENT: Final = 0.35
#: a pair of words is worth more than its words alone
_PAIR_BONUS: Final = 1.5
_LEAST_PAIR_SHARE: Final = 0.02
#: words that praise or name anything: they only make a label where there is nothing else
_BLAND_WORDS: Final = """
    great good nice perfect amazing excellent wonderful fantastic lovely best awesome super place places
    stay stayed staying location host hosts room rooms apartment house accommodation accommodations time
    experience everything really recommend recommended enjoyed highly definitely trip thing things airbnb 좋은
    좋았 숙소 정말 房间 地方 不错 很好 宿 部屋 logement appartement séjour parfait super bien bon très
    unterkunft wohnung
    aufenthalt super schön gut alojamiento apartamento estancia lugar excelente perfecto
"""
_BLAND: Final = frozenset(_BLAND_WORDS.split())
#: a topic speaks a language from this share of its sentences
_OWN_LANGUAGE: Final = 0.4
_BLAND_WEIGHT: Final = 0.35
#: a verb that belongs to its particle: check-in, check out
_WITH_PARTICLE: Final = re.compile(r"(?<![^\W_])([a-z]{3,})[- ]?(in|out|up|off)(?![^\W_])")
_SURFACE: Final = re.compile(r"(?<=[^\W\d_]\s)[^\W\d_]+(?:['’][^\W\d_]+)*")
_PLAIN_WORD: Final = re.compile(r"[a-z]{3,}")
_LEAST_HYPHENS: Final = 2
_MOSTLY: Final = 0.6
UNNAMED: Final = "other"


def name_topics(
    texts: Sequence[str],
    labels: Int64[np.ndarray, "N"],
    means: Float32[np.ndarray, "K D"],
    keywords: Sequence[Sequence[str]],
    embed_words: EmbedWords,
    names: frozenset[str] = frozenset(),
    languages: Sequence[str] = (),
) -> list[str]:
    """One label per topic, no two the same.

    Args:
        texts: N sentences.
        labels: their topics, -1 for none.
        means: unit mean vectors of the topics.
        keywords: of the topics, heaviest first.
        names: lower-cased words that name people; no label holds them.
        languages: of the sentences; a label then speaks the language of most of its topic.
    """
    words = [set(words_of(text, exclude=names)) for text in texts]
    codes = list(languages) or [""] * len(texts)
    everywhere = Counter(word for found in words for word in found)
    written = _written_forms(texts)
    candidates = []
    for topic in range(len(means)):
        members = [words[row] for row in _in_own_language(np.flatnonzero(labels == topic).tolist(), codes)]
        candidates.append(_candidates(members, everywhere, len(texts), keywords[topic]))
    distinct = sorted(set[str]().union(*candidates))
    vectors = dict(zip(distinct, embed_words(distinct), strict=True)) if distinct else {}
    result: list[str] = []
    for topic, found in enumerate(candidates):
        phrases = _choose(found, vectors, means[topic])
        result.append(_untaken(phrases, keywords[topic], written, result))
    return result


def _in_own_language(rows: Sequence[int], codes: Sequence[str]) -> Sequence[int]:
    """The rows of a topic in its main language, or all of them where none is spoken enough."""
    main = Counter(codes[row] for row in rows).most_common(1)[0][0]
    own = [row for row in rows if codes[row] == main]
    return own if len(own) >= _OWN_LANGUAGE * len(rows) else rows


def _untaken(
    phrases: Sequence[str], spares: Sequence[str], written: Mapping[str, str], taken: Collection[str]
) -> str:
    """A label of the phrases; where another topic has it, with the first spare word that tells them apart."""
    label = _as_written(phrases, written) or UNNAMED
    for spare in spares:
        if label not in taken:
            break
        label = f"{_as_written(phrases[:2], written)} · {written.get(spare, spare)}"
    return label


def _candidates(
    members: Sequence[set[str]], everywhere: Mapping[str, int], texts: int, keywords: Sequence[str]
) -> dict[str, float]:
    """The most typical words and pairs with a score in (0, 1]."""
    inside = Counter(word for found in members for word in found)
    least = max(2, _LEAST_PAIR_SHARE * len(members))
    scores = {}
    for word, count in inside.items():
        pair = " " in word
        if (pair and count < least) or (not pair and word not in keywords):
            continue
        # how much more often than elsewhere, weighed by how often at all
        lift = math.log((count + 0.5) * texts / ((everywhere[word] + 0.5) * max(len(members), 1)))
        bland = all(part in _BLAND for part in word.split())
        scores[word] = (
            count * max(lift, 0.01) * (_PAIR_BONUS if pair else 1.0) * (_BLAND_WEIGHT if bland else 1.0)
        )
    if not scores:
        return dict.fromkeys(keywords[:_PHRASES], 1.0)
    top = sorted(scores, key=lambda word: (-scores[word], word))[:_CANDIDATES]
    return {word: scores[word] / scores[top[0]] for word in top}


def _choose(
    scores: Mapping[str, float],
    vectors: Mapping[str, Float32[np.ndarray, "D"]],
    mean: Float32[np.ndarray, "D"],
) -> list[str]:
    chosen: list[str] = []
    stems: set[str] = set()
    left = list(scores)
    while left and len(chosen) < _PHRASES:
        best = max(left, key=lambda word: (_relevance(word, chosen, scores, vectors, mean), word))
        left.remove(best)
        own = {stem(part) for part in best.split()}
        if not own & stems:
            chosen.append(best)
            stems |= own
    return chosen


def _relevance(
    word: str,
    chosen: Sequence[str],
    scores: Mapping[str, float],
    vectors: Mapping[str, Float32[np.ndarray, "D"]],
    mean: Float[np.ndarray, "D"],
) -> float:
    near = float(vectors[word] @ mean)
    alike = max((float(vectors[word] @ vectors[other]) for other in chosen), default=0.0)
    return round(math.sqrt(scores[word]) * (0.2 + max(near, 0.0)) - _DIFFERENT * alike * near, 5)


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


def _as_written(phrases: Sequence[str], written: Mapping[str, str]) -> str:
    shown = [" ".join(written.get(word, word) for word in phrase.split()) for phrase in phrases]
    label = " · ".join(shown)
    return label[:1].upper() + label[1:]
