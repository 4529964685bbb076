"""What a row of Inside Airbnb's ``listings.csv`` says about a listing. Pure functions."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from scrapers.exports.dates import parse_when
from scrapers.listing import Availability, Host, PriceDetails, Problem
from scrapers.review_fields import clean_text

CATEGORIES = ("accuracy", "cleanliness", "checkin", "communication", "location", "value")
_TITLE_NOISE = re.compile(r"\s*·\s*★\s*(?:\d(?:\.\d+)?|New)", re.IGNORECASE)
_LEADING_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_MAX_STARS = 5
#: until 2021, ratings went to 100 (and were 20 at least) and those of categories to 10
_OLD_TOP, _OLD_CATEGORY_TOP = 100, 10
_MANY = 1_000_000
_AMOUNT = re.compile(r"\D{0,4}(\d{1,3}(?:,\d{3})*(?:\.\d+)?|\d+(?:\.\d+)?)\D{0,4}")
_UNTRANSLATED = "translation missing"
_UNSAID = frozenset(("n/a", "none", "null"))
_DAYS_AHEAD = (365, 90, 60, 30)


@dataclass
class Facts:
    """Fields of a ``Listing``, the columns they come from, and what could not be read."""

    fields: dict[str, object] = field(default_factory=dict)
    provenance: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def is_old_scale(cells: Mapping[str, object]) -> bool | None:
    """Whether a file's stars are on the scale of before 2021, as far as this row tells.

    A rating settles it, for no old one is below 20; without one a category above five does.
    """
    rating = _plain_number(clean_text(cells.get("review_scores_rating")))
    if rating is not None:
        return rating > _MAX_STARS
    found = [_plain_number(clean_text(cells.get(f"review_scores_{name}"))) for name in CATEGORIES]
    return True if any(value is not None and value > _MAX_STARS for value in found) else None


def listing_facts(cells: Mapping[str, object], file_name: str, old_scale: bool | None = False) -> Facts:
    """Read one row.

    A field has provenance if the row answers for it. That can be "none": a description left empty by the
    host, no amenities, or no stars because there are no reviews yet. Other empty cells are *absent*.

    Args:
        cells: column name to cell.
        file_name: of ``listings.csv``, for provenance and problems.
        old_scale: see :func:`is_old_scale`; ``None`` where the whole file does not tell, and no stars are read.
    """
    known = {name: clean_text(value) for name, value in cells.items()}
    reader = _RowReader(
        {name: "" if cell.casefold() in _UNSAID else cell for name, cell in known.items()}, file_name
    )
    reader.take("title", "name", _title)
    reader.take("neighbourhood", "neighbourhood_cleansed", str)
    reader.take("neighbourhood", "neighbourhood", str)
    reader.take("latitude", "latitude", lambda cell: _number(cell, -90, 90))
    reader.take("longitude", "longitude", lambda cell: _number(cell, -180, 180))
    for name in ("property_type", "room_type", "price"):
        reader.take(name, name, str)
    reader.take("price_details", "price", _price_details)
    reader.take("person_capacity", "accommodates", _whole)
    for name in ("bedrooms", "beds", "bathrooms"):
        reader.take(name, name, lambda cell: _number(cell, 0, _MANY))
    reader.take("bathrooms", "bathrooms_text", _bathrooms)
    reader.take("review_count", "number_of_reviews", _whole)
    reader.take("description", "description", str, empty_means_none=True)
    reader.take("amenities", "amenities", _amenities)
    _take_terms(reader)
    no_reviews = reader.facts.fields.get("review_count") == 0
    if old_scale is not None or no_reviews:
        top = _OLD_TOP if old_scale else _MAX_STARS
        reader.take(
            "rating", "review_scores_rating", lambda cell: _stars(cell, top), empty_means_none=no_reviews
        )
        reader.take_categories(no_reviews, _OLD_CATEGORY_TOP if old_scale else _MAX_STARS)
    return reader.facts


def _take_terms(reader: _RowReader) -> None:
    """What one agrees to by booking, and what is known of the host; no name."""
    reader.take("minimum_nights", "minimum_nights", lambda cell: max(1, _whole(cell)))
    for days in _DAYS_AHEAD:
        reader.take("availability", f"availability_{days}", partial(_availability, days=days))
    reader.take("cancellation", "cancellation_policy", str)
    reader.take("house_rules", "house_rules", _lines)
    reader.take("neighbourhood_text", "neighborhood_overview", str)
    for column in ("license", "licence"):
        reader.take("has_licence", column, bool)
        reader.take_empty("has_licence", column, False)
    reader.take_host()


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

    def take_empty(self, name: str, column: str, value: object) -> None:
        """Set the field ``name`` to what an empty cell of ``column`` means."""
        if name not in self.facts.provenance and self._cells.get(column) == "":
            self.facts.fields[name] = value
            self.facts.provenance[name] = f"{self._file}: {column}"

    def take_host(self) -> None:
        """Set what the row says about the host."""
        said = {
            name: self._parse(column, parse) for name, (column, parse) in _HOST.items() if column in self._cells
        }
        known = {name: value for name, value in said.items() if value is not None}
        if known:
            self.facts.fields["host"] = Host.model_validate(known)
            self.facts.provenance["host"] = f"{self._file}: host_*"

    def take_categories(self, no_reviews: bool, top: float) -> None:
        """Set the stars by category, on a scale that ends at ``top``."""
        columns = {name: f"review_scores_{name}" for name in CATEGORIES}
        present = {name: column for name, column in columns.items() if column in self._cells}
        stars = {name: self._parse(column, lambda cell: _stars(cell, top)) for name, column in present.items()}
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


def _stars(cell: str, top: float) -> float:
    return round(_number(cell, 0, top) * _MAX_STARS / top, 2)


def _plain_number(cell: str) -> float | None:
    try:
        return float(cell) if cell else None
    except ValueError:
        return None


def _price_details(cell: str) -> PriceDetails | None:
    """The price of one night. Its currency is not known: the sign is a dollar's in every country."""
    found = _AMOUNT.fullmatch(cell)
    return PriceDetails(per_night=float(found[1].replace(",", ""))) if found else None


def _availability(cell: str, days: int) -> Availability:
    return Availability(days=days, free=int(_number(cell, 0, days)))


def _lines(cell: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in cell.splitlines() if line.strip())


def _truth(cell: str) -> bool:
    if cell.casefold() not in ("t", "f", "true", "false"):
        raise ValueError(f"{cell!r} is neither t nor f")
    return cell.casefold().startswith("t")


def _share(cell: str) -> float:
    return round(_number(cell.removesuffix("%"), 0, 100) / 100, 4)


def _year(cell: str) -> int:
    when = parse_when(cell)
    if when is None:
        raise ValueError(f"{cell!r} is no date")
    return when.date.year


_HOST: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "superhost": ("host_is_superhost", _truth),
    "verified": ("host_identity_verified", _truth),
    "since": ("host_since", _year),
    "response_rate": ("host_response_rate", _share),
    "response_time": ("host_response_time", str),
    "listings": ("host_total_listings_count", _whole),
}


def _bathrooms(cell: str) -> float:
    """``1.5 shared baths`` is 1.5, ``Half-bath`` is 0.5."""
    if found := _LEADING_NUMBER.match(cell):
        return float(found[0])
    if "half" in cell.casefold():
        return 0.5
    raise ValueError(f"{cell!r} has no number of bathrooms")


def _amenities(cell: str) -> tuple[str, ...]:
    """A JSON list; until 2020 names in braces, those with a comma or a blank in quotes."""
    if cell.startswith("{") and cell.endswith("}"):
        items: object = next(csv.reader([cell[1:-1]], escapechar="\\"), [])
    else:
        items = json.loads(cell)
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise ValueError("the amenities are not a list of names")
    names = (clean_text(item) for item in items)
    return tuple(dict.fromkeys(name for name in names if name and _UNTRANSLATED not in name))
