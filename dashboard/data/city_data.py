"""What guests of a city say of one thing, by neighbourhood. Knows no Streamlit."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Final

from pipeline.reviews.city import CityResults
from pipeline.reviews.report import Judgement, Score, score_of

#: judging reviews below which a neighbourhood has no colour: its band would span half of the scale
LEAST_REVIEWS: Final = 10
#: sentences that are looked through for criticism
_LOOKED_AT: Final = 4000
_BLAMES: Final = ("neg", "mixed")


@dataclass(frozen=True)
class Said:
    """A sentence of a guest somewhere in the city."""

    text: str
    language: str
    month: str


def aspects(results: CityResults) -> list[str]:
    """Aspects that are judged in the city, the most mentioned first."""
    rows = results.aspects().to_dict("records")
    judged = [(str(row["aspect"]), int(row["reviews"])) for row in rows if row["judging"]]
    return [name for name, _ in sorted(judged, key=lambda own: (-own[1], own[0])) if name]


def scores_by_neighbourhood(results: CityResults, aspect: str) -> dict[str, tuple[Score, int]]:
    """Score and judging reviews of every neighbourhood with enough of them."""
    rows = results.totals(aspect).to_dict("records")
    found: dict[str, tuple[Score, int]] = {}
    for row in rows:
        good, judging = float(row["good"]), float(row["judging"])
        score = score_of([Judgement(1.0, good), Judgement(0.0, judging - good)]) if judging else None
        if score is not None and judging >= LEAST_REVIEWS:
            found[str(row["neighbourhood"])] = (score, int(row["reviews"]))
    return found


def worst_first(scores: Mapping[str, tuple[Score, int]]) -> list[str]:
    """Neighbourhoods from the worst score to the best."""
    return sorted(scores, key=lambda name: (scores[name][0].value, name))


def criticism(results: CityResults, place: str, aspect: str, most: int) -> list[Said]:
    """Sentences of a neighbourhood that criticise, the newest first, no wording twice."""
    rows = results.sentences(place, aspect=aspect or None, limit=_LOOKED_AT).to_dict("records")
    blaming = [row for row in rows if _feeling(row, aspect) in _BLAMES]
    newest = sorted(blaming, key=lambda row: str(row["month"]), reverse=True)
    unique = {str(row["text"]): row for row in reversed(newest)}
    chosen = [row for row in newest if unique.get(str(row["text"])) is row]
    return [Said(str(row["text"]), str(row["language"]), str(row["month"])) for row in chosen[:most]]


def _feeling(row: Mapping[Hashable, object], aspect: str) -> str:
    if not aspect:
        return str(row["polarity"])
    return str(json.loads(str(row["aspects"])).get(aspect, ""))
