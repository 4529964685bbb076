"""Numbers that say how firmly a sentence speaks of an aspect. The same for every language."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from pipeline.reviews.opinions.clauses import Clause, Feeling, Reading

_FIRM: Final = 0.5
#: aspects that come with the project; users' own ones share the weights that have no aspect of their own
BUILT_IN: Final = ("cleanliness", "noise", "location", "price", "facilities", "host")

#: how the aspect is spoken of: exactly one of them holds
STATES: Final = (
    "nothing",
    "felt",
    "mildly_felt",
    "mildly_felt_crowded",
    "praised",
    "praised_crowded",
    "named_alone",
    "named_beside",
    "named_crowded",
    "hinted_alone",
    "hinted_beside",
)
SHARED_NAMES: Final = (
    "bias",
    *STATES,
    "others_felt",
    "named_often",
    "turned",
    "length",
    "person_felt",
    "in_contrast",
    "phrase",
)
_OWN: Final = (
    "bias",
    "felt",
    "praised",
    "named_alone",
    "named_beside",
    "named_crowded",
    "mildly_felt",
    "person_felt",
)
FEATURE_NAMES: Final = SHARED_NAMES + tuple(f"{aspect}:{name}" for aspect in BUILT_IN for name in _OWN)


def aspect_features(reading: Reading, aspect: str) -> list[float]:
    """One row of :data:`FEATURE_NAMES` for one aspect."""
    shared = _shared(reading, aspect)
    row = [shared[name] for name in SHARED_NAMES]
    for known in BUILT_IN:
        row.extend(shared[name] if known == aspect else 0.0 for name in _OWN)
    return row


def _shared(reading: Reading, aspect: str) -> dict[str, float]:
    everything = list(reading.feelings())
    firm = [feeling for feeling in everything if feeling.aspect == aspect and not feeling.hint]
    others = {
        f.aspect for f in everything if f.aspect not in ("", aspect) and abs(f.value) >= _FIRM and not f.hint
    }
    state = _state(reading, aspect, firm, bool(others))
    row = dict.fromkeys(STATES, 0.0)
    row[state] = 1.0
    row["bias"] = 1.0
    row["others_felt"] = float(min(len(others), 2)) * float(state != "nothing")
    row["named_often"] = float(len({feeling.start for feeling in firm}) > 1)
    row["turned"] = float(any(feeling.turned for feeling in firm))
    row["length"] = (math.log1p(reading.length) - 4.0) * float(state != "nothing")
    row["person_felt"] = float(aspect == "host" and _person_felt(reading.clauses))
    row["in_contrast"] = float(bool(firm) and any(clause.contrast for clause in _speaking(reading, aspect)))
    row["phrase"] = float(any(feeling.end - feeling.start >= 10 for feeling in firm))
    return row


def _speaking(reading: Reading, aspect: str) -> list[Clause]:
    return [
        clause for clause in reading.clauses if any(f.aspect == aspect and not f.hint for f in clause.feelings)
    ]


def _state(reading: Reading, aspect: str, firm: Sequence[Feeling], others_felt: bool) -> str:
    if not firm:
        hinted = any(feeling.aspect == aspect for feeling in reading.feelings())
        return ("hinted_beside" if others_felt else "hinted_alone") if hinted else "nothing"
    if any(abs(feeling.value) >= _FIRM for feeling in firm):
        return "felt"
    speaking = _speaking(reading, aspect)
    free = [clause for clause in speaking if not _crowded(clause, aspect)]
    if any(feeling.value for feeling in firm):
        return "mildly_felt" if free else "mildly_felt_crowded"
    praised = any(clause.plain() for clause in free or speaking)
    return _mentioned(bool(free), praised, others_felt)


def _mentioned(free: bool, praised: bool, others_felt: bool) -> str:
    """The state of an aspect that has no feeling of its own."""
    if not free:
        return "praised_crowded" if praised else "named_crowded"
    if praised:
        return "praised"
    return "named_beside" if others_felt else "named_alone"


def _crowded(clause: Clause, aspect: str) -> bool:
    """Whether the clause only mentions the aspect while it judges another: "mould in the bathroom"."""
    return any(f.aspect and f.aspect != aspect and abs(f.value) >= _FIRM for f in clause.feelings)


def _person_felt(clauses: Sequence[Clause]) -> bool:
    """Whether somebody ("he", "they") is praised or blamed and nothing else is."""
    return any(
        "pron" in clause.roles and clause.plain() and not _names_aspect(clause.feelings) for clause in clauses
    )


def _names_aspect(feelings: Sequence[Feeling]) -> bool:
    return any(feeling.aspect for feeling in feelings)
