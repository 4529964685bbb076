"""What is read of a sentence: itself, the source's translation, or nothing where nobody knows its language."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from pipeline.reviews.opinions.aspects_lexicon import LANGUAGES
from pipeline.reviews.opinions.records import Opinions, ReadBy, SentenceOpinion

#: languages that the encoder of the judge was trained on; Yang et al. 2020, table 1
ENCODER_LANGUAGES: Final = frozenset(
    {"ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh"}
)
_UNDETERMINED: Final = "und"
_NOTHING: Final = SentenceOpinion({}, "neutral", 0.0, 0.0, reading="nothing")


class _Told(Protocol):
    @property
    def text(self) -> str: ...

    @property
    def language(self) -> str: ...

    @property
    def translation(self) -> str | None: ...

    @property
    def rating(self) -> float | None: ...


@dataclass(frozen=True)
class AsRead:
    """What is read of a sentence, its language, and the stars of its review."""

    text: str
    language: str
    rating: float | None = None


def as_read(sentence: _Told) -> AsRead:
    """The translation of the source, where there is one, else the sentence itself."""
    if sentence.translation:
        return AsRead(sentence.translation, "en", sentence.rating)
    return AsRead(sentence.text, sentence.language, sentence.rating)


def read_by(sentence: _Told, *, by_encoder: bool) -> ReadBy:
    """What can read a sentence; ``by_encoder``: whether an encoder of many languages is there."""
    if sentence.translation:
        return "translation"
    if sentence.language in LANGUAGES or sentence.language == _UNDETERMINED:
        return "words"
    return "encoder" if by_encoder and sentence.language in ENCODER_LANGUAGES else "nothing"


def told_by_reading(found: Opinions, sentences: Sequence[_Told], *, by_encoder: bool) -> Opinions:
    """The opinions, each marked by what read it; unread sentences say nothing, and places fit the original."""
    rows = []
    for opinion, sentence in zip(found.rows, sentences, strict=True):
        reading = read_by(sentence, by_encoder=by_encoder)
        if reading == "translation":
            whole = (0, len(sentence.text))
            opinion = replace(
                opinion, aspects={name: replace(own, span=whole) for name, own in opinion.aspects.items()}
            )
        rows.append(_NOTHING if reading == "nothing" else replace(opinion, reading=reading))
    return Opinions(tuple(rows), found.aspects)
