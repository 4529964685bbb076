"""What was read of sentences, and how it is kept."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

import numpy as np

from pipeline.reviews.opinions.sentiment import Polarity
from pipeline.reviews.opinions.severity import DealBreaker, Severity

OPINIONS_FILE: Final = "opinions.parquet"
#: what read a sentence
ReadBy = Literal["words", "translation", "encoder", "nothing"]


@dataclass(frozen=True)
class AspectOpinion:
    """What a sentence says of one aspect.

    Attributes:
        polarity: of what it says.
        confidence: calibrated probability that the sentence speaks of the aspect at all.
        polarity_confidence: probability of that polarity.
        span: start and end, in characters of the sentence, of the clause that says so.
        part: a part of the aspect that is told apart: ``safety`` of the location.
    """

    polarity: Polarity
    confidence: float
    polarity_confidence: float
    span: tuple[int, int]
    part: str = ""


@dataclass(frozen=True)
class SentenceOpinion:
    """What a sentence says.

    Attributes:
        aspects: by name; none for empty praise and small talk.
        polarity: of the sentence as a whole.
        polarity_confidence: probability of that polarity.
        score: probability of good minus that of bad, in [-1, 1]: its sign tells good from bad in any case.
        criticism: probability that it blames anything (neg or mixed).
        severity: what its criticism weighs.
        deal_breaker: the kind where that is a deal-breaker.
        reading: what read it: the words of its language, its translation, only the encoder (a language without
            a lexicon), or nothing (an unknown language: it counts for no score).
    """

    aspects: Mapping[str, AspectOpinion]
    polarity: Polarity
    polarity_confidence: float
    score: float
    criticism: float = 0.0
    severity: Severity = Severity.NONE
    deal_breaker: DealBreaker | None = None
    reading: ReadBy = "words"


@dataclass(frozen=True)
class Opinions:
    """One opinion per sentence, in their order; ``aspects`` are the names that were looked for."""

    rows: tuple[SentenceOpinion, ...]
    aspects: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[SentenceOpinion]:
        return iter(self.rows)

    def save(self, folder: Path) -> None:
        """Write ``opinions.parquet`` into ``folder``."""
        import pandas as pd

        folder.mkdir(parents=True, exist_ok=True)
        found = [{name: asdict(opinion) for name, opinion in row.aspects.items()} for row in self.rows]
        frame = pd.DataFrame(
            {
                "polarity": [row.polarity for row in self.rows],
                "polarity_confidence": np.array(
                    [row.polarity_confidence for row in self.rows], dtype=np.float64
                ),
                "score": np.array([row.score for row in self.rows], dtype=np.float64),
                "criticism": np.array([row.criticism for row in self.rows], dtype=np.float64),
                "severity": [row.severity.value for row in self.rows],
                "deal_breaker": [row.deal_breaker.value if row.deal_breaker else "" for row in self.rows],
                "reading": [row.reading for row in self.rows],
                "aspects": [json.dumps(opinions, ensure_ascii=False) for opinions in found],
            }
        )
        frame.attrs["aspects"] = list(self.aspects)
        frame.to_parquet(folder / OPINIONS_FILE)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote."""
        import pandas as pd

        frame = pd.read_parquet(folder / OPINIONS_FILE)
        rows = [_sentence_opinion(raw) for raw in frame.to_dict("records")]
        return cls(tuple(rows), tuple(frame.attrs["aspects"]))


def _sentence_opinion(raw: Mapping[Any, Any]) -> SentenceOpinion:
    return SentenceOpinion(
        {name: _opinion(own) for name, own in json.loads(raw["aspects"]).items()},
        raw["polarity"],
        float(raw["polarity_confidence"]),
        float(raw["score"]),
        float(raw["criticism"]),
        Severity(raw["severity"]),
        DealBreaker(raw["deal_breaker"]) if raw["deal_breaker"] else None,
        raw["reading"],
    )


def _opinion(raw: dict[str, Any]) -> AspectOpinion:
    start, end = raw["span"]
    return AspectOpinion(
        raw["polarity"], raw["confidence"], raw["polarity_confidence"], (start, end), raw["part"]
    )
