"""What the pieces of evidence say about each field, and which of them is believed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scrapers.airbnb.parse.parsed import Evidence
from scrapers.listing import Host, Problem

#: the page state's own places come first, as one: they are copies of each other
_TIERS: Mapping[str, int] = {
    **{"page_state.logging": 0, "page_state.old": 0, "page_state.new": 0},
    **{"network": 1, "ld+json": 2, "dom": 3},
}
#: with fewer reviews than this, the site shows no stars
FEW_REVIEWS = 5
#: no listing by themselves: its address, and what a calendar says
_BESIDE = frozenset({"id", "url", "availability", "minimum_nights"})
_Said = tuple[Any, Evidence]


def _equal(one: object, other: object) -> bool:
    return one == other


def _near(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Within two hundredths of a degree: positions are often shown up to 500 m off."""
    return abs(one[0] - other[0]) <= 0.02 and abs(one[1] - other[1]) <= 0.02


def _same_stars(one: float, other: float) -> bool:
    """The same average, one of them rounded to a tenth."""
    return abs(one - other) <= 0.0501


def _same_count(one: int, other: int) -> bool:
    """The same but for a few that one place does not count, or that came meanwhile."""
    return abs(one - other) <= max(3, 0.1 * max(one, other))


#: fields with several copies in a page, and when two copies say the same
_AGREE: Mapping[str, Callable[[Any, Any], bool]] = {
    "position": _near,
    "rating": _same_stars,
    "review_count": _same_count,
    "person_capacity": _equal,
}


class Findings:
    """Collects what each piece of evidence says; the order of the calls is the order of trust in a tier.

    Between tiers (page state, network, ld+json, DOM) the first that says anything is believed. Within one, the
    first place that is not outvoted by the others: a single damaged copy does not win. Numbers that contradict
    each other without a majority are believed nowhere; that is a problem, and the field is absent.

    Attributes:
        problems: contradictions, filled by :meth:`choose`.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._said: dict[str, list[_Said]] = {}
        self._none: dict[str, list[Evidence]] = {}
        self._stars: dict[str, list[_Said]] = {}
        self._parts: dict[str, list[_Said]] = {}

    def say(self, name: str, value: object, evidence: Evidence) -> None:
        """One place says that ``name`` is ``value``; ``None`` is no statement."""
        if value is not None:
            self._said.setdefault(name, []).append((value, evidence))

    def say_none(self, name: str, evidence: Evidence) -> None:
        """One place says that there is no ``name``."""
        self._none.setdefault(name, []).append(evidence)

    def say_part(self, name: str, parts: Mapping[str, object], evidence: Evidence) -> None:
        """What one place says of a fact that has parts (the host); they are completed part by part."""
        known = {part: value for part, value in parts.items() if value is not None}
        if known:
            self._parts.setdefault(name, []).append((known, evidence))

    def say_stars(self, shares: Mapping[str, float | None], evidence: Evidence) -> None:
        """Category ratings of one place; they are completed category by category."""
        for category, value in shares.items():
            if value is not None:
                self._stars.setdefault(category, []).append((value, evidence))

    def no_stars(self, name: str, reviews: int | None, evidence: Evidence) -> None:
        """No stars are named: believed to be *none* only where there are too few reviews for them."""
        if reviews is not None and reviews < FEW_REVIEWS:
            self.say_none(name, evidence)

    def has_facts(self) -> bool:
        """Whether anything was said beyond which listing it is."""
        return bool(self._said.keys() - _BESIDE or self._stars or self._parts)

    def choose(self, name: str) -> tuple[Any, str | None]:
        """The believed value, and where it was read (``None``: *absent*)."""
        if name == "category_ratings" and self._stars:
            return self._categories()
        if name == "host" and name in self._parts:
            return self._joined(name)
        said = self._said.get(name, [])
        none = self._none.get(name, [])
        best = min((_TIERS[evidence] for _, evidence in said), default=None)
        if best is None or any(_TIERS[evidence] < best for evidence in none):
            return None, (none[0] if none else None)
        if name == "id":  # the first place tells what was asked for; later ones may speak of a part of it
            return said[0]
        believed = _believe(said, _AGREE.get(name, _equal), strict=name in _AGREE)
        if believed is None:
            self._contradiction(name, said)
            return None, None
        return believed

    def _joined(self, name: str) -> tuple[Host, str]:
        """Each part from the first place of the best tier that says it."""
        merged: dict[str, Any] = {}
        used: list[str] = []
        for parts, evidence in sorted(self._parts[name], key=lambda said: _TIERS[said[1]]):
            if parts.keys() - merged.keys():
                merged = {**parts, **merged}
                used.append(evidence)
        return Host.model_validate(merged), ", ".join(dict.fromkeys(used))

    def _categories(self) -> tuple[dict[str, float] | None, str | None]:
        merged: dict[str, float] = {}
        used: list[str] = []
        for category, said in self._stars.items():
            believed = _believe(said, _same_stars, strict=True)
            if believed is None:
                self._contradiction(f"category_ratings: {category}", said)
                continue
            merged[category] = believed[0]
            if believed[1] not in used:
                used.append(believed[1])
        return (merged, ", ".join(used)) if merged else (None, None)

    def _contradiction(self, name: str, said: Sequence[_Said]) -> None:
        copies = "; ".join(f"{value} ({evidence})" for value, evidence in said)
        self.problems.append(Problem(subject=name, message=f"the page contradicts itself: {copies}"))


def _believe(said: Sequence[_Said], agree: Callable[[Any, Any], bool], strict: bool) -> _Said | None:
    """The statement of the best tier that most others agree with, then most repeat, then the first.

    Args:
        strict: whether to believe none where as many agree with a contradicting one.
    """
    best = min(_TIERS[evidence] for _, evidence in said)
    asked = [statement for statement in said if _TIERS[statement[1]] == best]
    votes = [sum(agree(value, other) for other, _ in said) for value, _ in asked]
    same = [sum(value == other for other, _ in said) for value, _ in asked]
    chosen = max(range(len(asked)), key=lambda at: (votes[at], same[at], -at))
    rivals = (v for (value, _), v in zip(asked, votes, strict=True) if not agree(asked[chosen][0], value))
    if strict and any(rival == votes[chosen] for rival in rivals):
        return None
    return asked[chosen]
