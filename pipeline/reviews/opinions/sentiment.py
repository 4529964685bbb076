"""Is a sentence, or what it says of one aspect, good, bad, both or neither?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from pipeline.reviews.opinions.clauses import Clause, Reading

Polarity = Literal["pos", "neg", "mixed", "neutral"]
POLARITIES: Final[tuple[Polarity, ...]] = ("pos", "neg", "mixed", "neutral")
_FIRM: Final = 0.5
#: what may turn or wave off a feeling in the same clause
_QUALIFIERS: Final = frozenset({"wish", "waive", "settle", "fear", "only", "not", "none", "post"})
_CAP: Final = 1.5
#: what silence usually means differs between these
_SILENT_ASPECTS: Final = ("location", "facilities", "host", "price")

_STATE_NAMES: Final = ("silent", "good_only", "bad_only", "both")
_ROLE_NAMES: Final = ("wish", "waive", "settle", "fear", "only", "not")
_NUMBER_NAMES: Final = (
    "good",
    "bad",
    "firm_good",
    "firm_bad",
    "aspects_good",
    "aspects_bad",
    "aspects_both",
    "length",
)
FEATURE_NAMES: Final = (
    "bias",
    *_STATE_NAMES,
    *_NUMBER_NAMES,
    *_ROLE_NAMES,
    *(f"{state}&{role}" for state in _STATE_NAMES[1:] for role in _ROLE_NAMES),
    "ends_good",
    "ends_bad",
    "contrast_to_good",
    "contrast_to_bad",
    "fear_unfounded",
    "mild_bad_only",
    "mild_good_only",
    "mild_bad_beside_good",
    "mild_good_beside_bad",
    "exclaimed",
    "short_good",
    "long_silent",
    *(f"silent_on_{name}" for name in _SILENT_ASPECTS),
)


def polarity_features(reading: Reading, text: str, aspect: str | None = None) -> list[float]:
    """One row of :data:`FEATURE_NAMES`, for the whole sentence or for what it says of ``aspect``."""
    scopes = [_values(clause, reading, aspect) for clause in reading.clauses]
    good = sum(value for values in scopes for value in values if value > 0)
    bad = -sum(value for values in scopes for value in values if value < 0)
    top = max((value for values in scopes for value in values), default=0.0)
    low = min((value for values in scopes for value in values), default=0.0)
    firm_good, firm_bad = top >= _FIRM, low <= -_FIRM
    is_good, is_bad = (firm_good, firm_bad) if firm_good or firm_bad else (good > 0, bad > 0)
    states = [not good and not bad, is_good and not is_bad, is_bad and not is_good, is_good and is_bad]
    roles = [float(bool(reading.heard(role))) for role in _ROLE_NAMES]
    before, after = _around_contrast(reading.clauses, scopes)
    signs = _aspect_signs(reading)
    aspects = {feeling.aspect for feeling in reading.feelings()}
    row = [1.0, *map(float, states), min(good, _CAP), min(bad, _CAP), float(firm_good), float(firm_bad), *signs]
    row += [min(len(text), 300) / 100, *roles]
    row += [state * role for state in map(float, states[1:]) for role in roles]
    ends = next((sum(values) for values in reversed(scopes) if values), 0.0)
    row += [float(ends > 0), float(ends < 0), float(before < 0 < after), float(after < 0 < before)]
    row += [
        float(bool(reading.heard("fear")) and after >= 0 and good > 0),
        float(bad > 0 and not firm_bad and good == 0),
        float(good > 0 and not firm_good and bad == 0),
        float(firm_good and bad > 0 and not firm_bad),
        float(firm_bad and good > 0 and not firm_good),
        float("!" in text or "！" in text),
        float(good > 0 and bad == 0 and len(text) < 40),
        float(good == 0 and bad == 0 and len(text) > 60),
        *(
            float(good == 0 and bad == 0 and name in (aspects if aspect is None else {aspect}))
            for name in _SILENT_ASPECTS
        ),
    ]
    return row


def _values(clause: Clause, reading: Reading, aspect: str | None) -> list[float]:
    """The feelings of a clause that count; for an aspect its own, and plain ones where no other is named."""
    if aspect is None:
        return [feeling.value for feeling in clause.feelings if feeling.value]
    named = {feeling.aspect for feeling in clause.feelings if feeling.aspect and not feeling.hint}
    own = [feeling.value for feeling in clause.feelings if feeling.aspect == aspect and feeling.value]
    felt = {feeling.aspect for feeling in clause.feelings if feeling.aspect and abs(feeling.value) >= _FIRM}
    plain = [feeling.value for feeling in clause.feelings if not feeling.aspect and feeling.value]
    if aspect in named:
        return own + (plain if not (felt - {aspect}) or not own else [])
    if not named and _alone(reading, aspect):
        return plain
    return []


def clear_sign(reading: Reading, aspect: str) -> int:
    """1 or -1 where the clauses of ``aspect`` call it good or bad and nothing qualifies that; else 0."""
    named = [clause for clause in reading.clauses if any(f.aspect == aspect for f in clause.feelings)]
    values = [f.value for clause in named for f in clause.feelings if f.aspect == aspect and f.value]
    if not values or max(map(abs, values)) < _FIRM or any(clause.roles & _QUALIFIERS for clause in named):
        return 0
    return int(all(value > 0 for value in values)) - int(all(value < 0 for value in values))


def _alone(reading: Reading, aspect: str) -> bool:
    return all(feeling.aspect in ("", aspect) or feeling.hint for feeling in reading.feelings())


def _around_contrast(clauses: Sequence[Clause], scopes: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Sum of the feelings before and after the last "but"; all of them after it where there is none."""
    turn = max((index for index, clause in enumerate(clauses) if clause.contrast), default=0)
    before = sum(value for values in scopes[:turn] for value in values)
    after = sum(value for values in scopes[turn:] for value in values)
    return before, after


def _aspect_signs(reading: Reading) -> list[float]:
    sums: dict[str, list[float]] = {}
    for feeling in reading.feelings():
        if feeling.aspect and feeling.value:
            sums.setdefault(feeling.aspect, []).append(feeling.value)
    good = sum(all(value > 0 for value in values) for values in sums.values())
    bad = sum(all(value < 0 for value in values) for values in sums.values())
    return [float(good), float(bad), float(len(sums) - good - bad)]
