"""Is a sentence, or what it says of one aspect, good, bad, both or neither?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final, Literal, NamedTuple

from pipeline.reviews.opinions.clauses import Clause, Feeling, Reading

Polarity = Literal["pos", "neg", "mixed", "neutral"]
POLARITIES: Final[tuple[Polarity, ...]] = ("pos", "neg", "mixed", "neutral")
_FIRM: Final = 0.5
#: what may turn or wave off a feeling in the same clause
_QUALIFIERS: Final = frozenset({"wish", "waive", "settle", "fear", "only", "not", "none", "post"})
_CAP: Final = 1.5
#: characters from which on more length says no more; set by hand, the weights were trained with it
_LONGEST: Final = 300
#: praise below so many characters is short, silence above so many long; by hand, the weights were trained so
_SHORT, _LONG = 40, 60
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


class _Felt(NamedTuple):
    """What a sentence feels in all: either side as a sum of at least 0, and whether it is ever firm."""

    good: float
    bad: float
    firm_good: bool
    firm_bad: bool

    @property
    def silent(self) -> bool:
        """Whether it feels nothing."""
        return self.good == 0 and self.bad == 0


def polarity_features(reading: Reading, text: str, aspect: str | None = None) -> list[float]:
    """One row of :data:`FEATURE_NAMES`, for the whole sentence or for what it says of ``aspect``."""
    scopes = [_values(clause, reading, aspect) for clause in reading.clauses]
    felt = _felt(scopes)
    states = _states(felt)
    roles = [float(bool(reading.heard(role))) for role in _ROLE_NAMES]
    before, after = _around_contrast(reading.clauses, scopes)
    about = {feeling.aspect for feeling in reading.feelings()} if aspect is None else {aspect}
    row = [1.0, *states, *_amounts(felt), *_aspect_signs(reading), min(len(text), _LONGEST) / 100, *roles]
    row += [state * role for state in states[1:] for role in roles]
    row += _ends(scopes)
    row += [float(before < 0 < after), float(after < 0 < before)]
    row.append(float(bool(reading.heard("fear")) and after >= 0 and felt.good > 0))
    row += _mildness(felt)
    row += _manner(felt, text)
    row += _silence(felt, about)
    return row


def _felt(scopes: Sequence[Sequence[float]]) -> _Felt:
    values = [value for values in scopes for value in values]
    return _Felt(
        good=sum(value for value in values if value > 0),
        bad=-sum(value for value in values if value < 0),
        firm_good=max(values, default=0.0) >= _FIRM,
        firm_bad=min(values, default=0.0) <= -_FIRM,
    )


def _states(felt: _Felt) -> list[float]:
    """One of :data:`_STATE_NAMES`; where something is firm, what is mild does not count."""
    is_good, is_bad = felt.good > 0, felt.bad > 0
    if felt.firm_good or felt.firm_bad:
        is_good, is_bad = felt.firm_good, felt.firm_bad
    return [
        float(felt.silent),
        float(is_good and not is_bad),
        float(is_bad and not is_good),
        float(is_good and is_bad),
    ]


def _amounts(felt: _Felt) -> list[float]:
    return [min(felt.good, _CAP), min(felt.bad, _CAP), float(felt.firm_good), float(felt.firm_bad)]


def _ends(scopes: Sequence[Sequence[float]]) -> list[float]:
    """Whether the last clause that feels anything is good, and whether it is bad."""
    last = next((sum(values) for values in reversed(scopes) if values), 0.0)
    return [float(last > 0), float(last < 0)]


def _mildness(felt: _Felt) -> list[float]:
    """Mild blame or praise, alone or beside what is firm on the other side."""
    mild_good = felt.good > 0 and not felt.firm_good
    mild_bad = felt.bad > 0 and not felt.firm_bad
    return [
        float(mild_bad and felt.good == 0),
        float(mild_good and felt.bad == 0),
        float(felt.firm_good and mild_bad),
        float(felt.firm_bad and mild_good),
    ]


def _manner(felt: _Felt, text: str) -> list[float]:
    """Exclaimed; short praise; long silence."""
    return [
        float("!" in text or "！" in text),
        float(felt.good > 0 and felt.bad == 0 and len(text) < _SHORT),
        float(felt.silent and len(text) > _LONG),
    ]


def _silence(felt: _Felt, about: Collection[str]) -> list[float]:
    """Which of :data:`_SILENT_ASPECTS` are spoken of without a feeling."""
    return [float(felt.silent and name in about) for name in _SILENT_ASPECTS]


def _values(clause: Clause, reading: Reading, aspect: str | None) -> list[float]:
    """The feelings of a clause that count; for an aspect its own, and plain ones where no other is named."""
    if aspect is None:
        return _worth(clause.feelings)
    plain = _worth(feeling for feeling in clause.feelings if not feeling.aspect)
    named = {feeling.aspect for feeling in clause.feelings if feeling.aspect and not feeling.hint}
    if aspect in named:
        own = _worth(feeling for feeling in clause.feelings if feeling.aspect == aspect)
        return own if own and _feels_another(clause, aspect) else own + plain
    return plain if not named and _alone(reading, aspect) else []


def _worth(feelings: Iterable[Feeling]) -> list[float]:
    return [feeling.value for feeling in feelings if feeling.value]


def _feels_another(clause: Clause, aspect: str) -> bool:
    """Whether the clause firmly judges an aspect beside this one."""
    return any(
        feeling.aspect not in ("", aspect) and abs(feeling.value) >= _FIRM for feeling in clause.feelings
    )


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
