"""Groups of sentences by the things that they name: praise of nothing apart, one topic for each thing."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from jaxtyping import Bool, Float32, Int64

from pipeline.reviews.text import MANNER, things_in
from pipeline.reviews.topics.bertopic_model import EmbedWords
from pipeline.reviews.topics.clusters import OUTLIER, by_size
from pipeline.reviews.topics.phrases import BROAD, MOSTLY_PRAISE, OF_ASPECT

#: what praise of nothing sounds like
_PRAISE: Final = (
    "Great stay!",
    "Highly recommended.",
    "We would definitely come back.",
    "Thank you for everything.",
    "Everything was perfect.",
    "Good place.",
)
#: cosine to one of them from which a sentence without thing and aspect is general praise, -1 to 1; read off the
#: sentences of places of Singapore: above it stand "Would stay again", "很棒的住宿", below it stories and facts
_LIKE_PRAISE: Final = 0.35
#: share of a group's sentences that name its thing, of one; below half most of them speak of something else
_LEAST_SHARE: Final = 0.4
#: the same for things that go with nearly everything (location, host), of one
_LEAST_SHARE_OF_BROAD: Final = 0.5
#: how much more often than everywhere a group must name its thing, as a ratio
_LEAST_LIFT: Final = 1.3
#: share of general praise from which a group without a subject is no topic of its own, of one
_VAGUE_PRAISE: Final = 0.35


def own_things(texts: Sequence[str]) -> list[frozenset[str]]:
    """The things that each sentence names, manners left out."""
    return [frozenset(name for name in things_in(text) if not name.startswith(MANNER)) for text in texts]


def general_praise(
    vectors: Float32[np.ndarray, "N D"],
    things: Sequence[Collection[str]],
    aspects: Sequence[Collection[str]] | None,
    feelings: Sequence[str] | None,
    embed_words: EmbedWords,
) -> Bool[np.ndarray, "N"]:
    """Sentences that praise without saying what.

    Args:
        vectors: of the sentences, as the encoder gave them.
        aspects, feelings: of the sentences, if they were read.
    """
    alike = (vectors @ embed_words(_PRAISE).T).max(1)
    about = np.array([bool(own) for own in things])
    if aspects is not None:
        about |= np.array([bool(own) for own in aspects])
    if feelings is not None:
        about |= np.array([feeling in ("neg", "mixed") for feeling in feelings])
    found: Bool[np.ndarray, N] = ~about & (np.round(alike, 4) >= _LIKE_PRAISE)
    return found


@dataclass(frozen=True)
class Subjects:
    """What groups of sentences are about: their thing, else the thing that stands for their aspect.

    Attributes:
        things: that each sentence names.
        aspects: that each is about, if they were read.
        everywhere: sentences by thing.
    """

    things: Sequence[Collection[str]]
    aspects: Sequence[Collection[str]] | None
    everywhere: Counter[str]

    @classmethod
    def of(cls, things: Sequence[Collection[str]], aspects: Sequence[Collection[str]] | None) -> Self:
        """Of all sentences of a place."""
        return cls(things, aspects, Counter(name for own in things for name in own))

    def of_group(self, rows: Sequence[int]) -> str | None:
        """The subject of a group: a narrow thing, else a broad one, else an aspect, else ``None``."""
        return self._thing(rows) or self._aspect(rows)

    def _thing(self, rows: Sequence[int]) -> str | None:
        counts = Counter(name for row in rows for name in self.things[row])
        best: dict[bool, tuple[float, str]] = {}
        for name, count in counts.items():
            share, usual = count / len(rows), self.everywhere[name] / len(self.things)
            broad = name in BROAD
            if share >= (_LEAST_SHARE_OF_BROAD if broad else _LEAST_SHARE) and share >= _LEAST_LIFT * usual:
                best[broad] = max(best.get(broad, (0.0, "")), (round(share, 4), name))
        found = best.get(False) or best.get(True)
        return found[1] if found else None

    def _aspect(self, rows: Sequence[int]) -> str | None:
        if self.aspects is None:
            return None
        counts = Counter(name for row in rows for name in self.aspects[row])
        name = max(counts, key=lambda one: (counts[one], one), default="")
        return OF_ASPECT.get(name) if counts[name] >= _LEAST_SHARE_OF_BROAD * len(rows) else None


def one_topic_each(labels: Int64[np.ndarray, "N"], subjects: Subjects) -> Int64[np.ndarray, "N"]:
    """Groups that are about the same become one; the others stay. Numbered by size."""
    merged = labels.copy()
    first: dict[str, int] = {}
    for label in range(int(labels.max(initial=OUTLIER)) + 1):
        rows = np.flatnonzero(labels == label).tolist()
        subject = subjects.of_group(rows) if rows else None
        if subject is not None:
            merged[labels == label] = first.setdefault(subject, label)
    return by_size(merged)


def vague(
    labels: Int64[np.ndarray, "N"],
    subjects: Subjects,
    feelings: Sequence[str] | None,
    praise: Bool[np.ndarray, "N"],
) -> Bool[np.ndarray, "N"]:
    """Rows of groups without a subject that mostly praise, or of which a third is general praise."""
    found: Bool[np.ndarray, N] = np.zeros(len(labels), dtype=bool)
    for label in range(int(labels.max(initial=OUTLIER)) + 1):
        members = labels == label
        rows = np.flatnonzero(members).tolist()
        if not rows or subjects.of_group(rows) is not None:
            continue
        good = 0.0 if feelings is None else sum(feelings[row] == "pos" for row in rows) / len(rows)
        if good >= MOSTLY_PRAISE or praise[members].mean() >= _VAGUE_PRAISE:
            found |= members
    return found
