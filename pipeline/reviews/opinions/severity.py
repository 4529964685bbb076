"""How heavy a criticism is: a deal-breaker (mould, a break-in, fraud...), a fault, or only a wish."""

from enum import StrEnum
from typing import Final

from pipeline.reviews.opinions.aspects_lexicon import LEXICON_FOLDER
from pipeline.reviews.opinions.constructions import folded, pattern_of

SEVERITY_FILE: Final = LEXICON_FOLDER / "severity.txt"


class Severity(StrEnum):
    """What a criticism weighs; each says how much beside a fault."""

    NONE = "none"
    WISH = "wish"
    FAULT = "fault"
    DEAL_BREAKER = "deal-breaker"

    @property
    def weight(self) -> float:
        """0 for no criticism, 1 for a fault; set by hand, for an order and not for arithmetic."""
        return {"none": 0.0, "wish": 0.3, "fault": 1.0, "deal-breaker": 3.0}[self.value]


class DealBreaker(StrEnum):
    """What nobody should book in spite of; in the order in which one of several in a sentence counts."""

    VERMIN = "vermin"
    FRAUD = "fraud"
    SAFETY = "safety"
    CANCELLED = "cancelled"
    MOULD = "mould"
    DIRTY_BED = "dirty bed"
    NO_HEATING_OR_WATER = "no heating or water"
    NOISE = "noise without sleep"
    NOT_AS_ADVERTISED = "not as advertised"


_WISH: Final = "wish"
#: a deal-breaker is said plainly: from this probability of criticism on. Chosen on the training labels of
#: benchmarks/labels; precision on 60 other sentences of Singapore: see docs/how_reviews_are_read.md
LEAST_CRITICISM: Final = 0.6


def severity_of(text: str, criticism: float, blamed: bool) -> tuple[Severity, DealBreaker | None]:
    """What a sentence's criticism weighs, and which deal-breaker it is.

    Args:
        text: the sentence.
        criticism: probability that it criticises anything.
        blamed: whether it is read as criticism at all.
    """
    if not blamed:
        return Severity.NONE, None
    wished = _found(_WISH, text)
    if criticism >= LEAST_CRITICISM and not wished:
        for kind in DealBreaker:
            if _found(kind.value, text):
                return Severity.DEAL_BREAKER, kind
    return (Severity.WISH if wished else Severity.FAULT), None


def is_about_safety(text: str) -> bool:
    """Whether the words speak of danger (or its absence): the part of a location that no view makes up for."""
    return _found(DealBreaker.SAFETY.value, text) or _found("safe", text)


def _found(kind: str, text: str) -> bool:
    return pattern_of(SEVERITY_FILE)[kind].search(folded(text)) is not None
