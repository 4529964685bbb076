"""What a row of Inside Airbnb's ``listings.csv`` says about a listing. Pure functions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from scrapers.listing import Problem
from scrapers.review_fields import clean_text

CATEGORIES = ("accuracy", "cleanliness", "checkin", "communication", "location", "value")
_TITLE_NOISE = re.compile(r"\s*·\s*★\s*(?:\d(?:\.\d+)?|New)", re.IGNORECASE)
_LEADING_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_MAX_STARS = 5
_MANY = 1_000_000


@dataclass
class Facts:
    """Fields of a ``Listing``, the columns they come from, and what could not be read."""

    fields: dict[str, object] = field(default_factory=dict)
    provenance: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def listing_facts(cells: Mapping[str, object], file_name: str) -> Facts:
    """Read one row.

    A field has provenance if the row answers for it. That can be "none": a description left empty by the
    host, no amenities, or no stars because there are no reviews yet. Other empty cells are *absent*.

    Args:
        cells: column name to cell.
        file_name: of ``listings.csv``, for provenance and problems.
    """
    reader = _RowReader({name: clean_text(value) for name, value in cells.items()}, file_name)
    reader.take("title", "name", _title)
    reader.take("neighbourhood", "neighbourhood_cleansed", str)
    reader.take("latitude", "latitude", lambda cell: _number(cell, -90, 90))
    reader.take("longitude", "longitude", lambda cell: _number(cell, -180, 180))
    for name in ("property_type", "room_type", "price"):
        reader.take(name, name, str)
    reader.take("person_capacity", "accommodates", _whole)
    for name in ("bedrooms", "beds", "bathrooms"):
        reader.take(name, name, lambda cell: _number(cell, 0, _MANY))
    reader.take("bathrooms", "bathrooms_text", _bathrooms)
    reader.take("review_count", "number_of_reviews", _whole)
    reader.take("description", "description", str, empty_means_none=True)
    reader.take("amenities", "amenities", _amenities)
    no_reviews = reader.facts.fields.get("review_count") == 0
    reader.take("rating", "review_scores_rating", _stars, empty_means_none=no_reviews)
    reader.take_categories(no_reviews)
    return reader.facts


class _RowReader:
    def __init__(self, cells: Mapping[str, str], file_name: str) -> None:
        self._cells = cells
        self._file = file_name
        self.facts = Facts()

    def take(
        self, name: str, column: str, parse: Callable[[str], object], empty_means_none: bool = False
    ) -> None:
        """Set the field ``name`` from ``column`` unless it is set already."""
        if name in self.facts.provenance or column not in self._cells:
            return
        value = self._parse(column, parse)
        if value is None and not (empty_means_none and not self._cells[column]):
            return
        self.facts.fields[name] = value
        self.facts.provenance[name] = f"{self._file}: {column}"

    def take_categories(self, no_reviews: bool) -> None:
        """Set the stars by category."""
        columns = {name: f"review_scores_{name}" for name in CATEGORIES}
        present = {name: column for name, column in columns.items() if column in self._cells}
        stars = {name: self._parse(column, _stars) for name, column in present.items()}
        known = {name: value for name, value in stars.items() if value is not None}
        if known or (present and no_reviews):
            self.facts.fields["category_ratings"] = known or None
            self.facts.provenance["category_ratings"] = f"{self._file}: review_scores_*"

    def _parse(self, column: str, parse: Callable[[str], object]) -> object:
        """The value of a cell; ``None`` if it is empty, or (with a problem) if it cannot be read."""
        cell = self._cells[column]
        if not cell:
            return None
        try:
            return parse(cell)
        except ValueError as error:
            self.facts.problems.append(Problem(subject=f"{self._file}, {column}", message=f"{error}; left out"))
            return None


def _title(cell: str) -> str:
    """The name without the star rating that Airbnb puts into it."""
    return _TITLE_NOISE.sub("", cell)


def _number(cell: str, low: float, high: float) -> float:
    number = float(cell)
    if not low <= number <= high:
        raise ValueError(f"{cell!r} is not between {low} and {high}")
    return number


def _whole(cell: str) -> int:
    return int(_number(cell, 0, _MANY))


def _stars(cell: str) -> float:
    return _number(cell, 0, _MAX_STARS)


def _bathrooms(cell: str) -> float:
    """``1.5 shared baths`` is 1.5, ``Half-bath`` is 0.5."""
    if found := _LEADING_NUMBER.match(cell):
        return float(found[0])
    if "half" in cell.casefold():
        return 0.5
    raise ValueError(f"{cell!r} has no number of bathrooms")


def _amenities(cell: str) -> tuple[str, ...]:
    items = json.loads(cell)
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise ValueError("the amenities are not a list of names")
    return tuple(dict.fromkeys(clean_text(item) for item in items if clean_text(item)))
