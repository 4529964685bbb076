"""Whatever a stage stores comes back equal: every contract, every field, every bit."""

import ast
import datetime as dt
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.reviews.city.city_chunks import CityTopics
from pipeline.rooms.scene import PointMaps, View
from pipeline.rooms.sizes import Band
from pipeline.rooms.sizes.measure import Side
from scrapers.listing import Availability, PriceDetails, PriceLine, RoomPhotos
from tests.filled import Examples, Filler, Makers, differences
from tests.places import ROOT

#: files that run stages
_RECIPES = [*sorted((ROOT / "pipeline/recipe").glob("*.py")), ROOT / "pipeline/reviews/recipe.py"]
#: values that must fit together, or are bound by what they mean
_MAKERS: Makers = {
    "Layout.classes": lambda made: np.arange(12, dtype=np.uint8).reshape(3, 4) % 5 + 1,
    "Listing.rooms": lambda made: (
        RoomPhotos(id="attic", name="Attic", photo_ids=(made["photos"][0].id,), grouped=False),
    ),
    "RoomMeasure.sides": lambda made: tuple(
        Side(axis, sign, 0.1 + axis / 3, axis == 1, 1.7 * sign, 0.3 / (axis + 1), 0.7)
        for axis in range(3)
        for sign in (1, -1)
    ),
    "Listing.provenance": lambda made: {"title": "heading"},
}
_EXAMPLES: Examples = {
    Band: (Band(20.1 / 3, 19.3 / 3, 21.7 / 3),),
    PriceDetails: (
        PriceDetails(
            total=280.5,
            per_night=140.25,
            currency="EUR",
            nights=2,
            check_in=dt.date(2026, 5, 3),
            check_out=dt.date(2026, 5, 5),
            lines=(PriceLine(label="Cleaning", amount="€ 40"),),
        ),
    ),
    Availability: (Availability(days=30, free=12, first=dt.date(2026, 5, 1), last=dt.date(2026, 5, 30)),),
    LeftOut: (
        LeftOut(LeftOutReason.PLACE_UNCERTAIN, (12, 7), LeftOut(LeftOutReason.SAME_SPOT)),
        LeftOut(LeftOutReason.TOLD, told="it is blurred"),
    ),
}


def _stored_kinds() -> Iterator[tuple[str, type]]:
    """Name of every stage with the kind of its result, as the recipes spell them."""
    for path in _RECIPES:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="run"), args=[ast.Constant(value=str(name)), ast.Name(id=kind), *_]
                ):
                    yield name, getattr(importlib.import_module(module), kind)


_KINDS: dict[str, type[Any]] = dict(_stored_kinds()) | {"topics of a city": CityTopics}


def _lost(kind: type[Any], folder: Path, *, bare: bool = False) -> list[str]:
    """What is not as it was after a result of this kind was stored and read."""
    result = Filler(_MAKERS, _EXAMPLES, bare=bare).instance(kind)
    result.save(folder)
    return list(differences(result, kind.load(folder)))


def test_every_stage_is_looked_at() -> None:
    expected = {"collect", "lens", "cameras", "point maps", "surface", "layout", "new views", "report", "size"}
    expected |= {"group photos", "sentences", "embeddings", "opinions", "topics", "reviews"}
    assert expected <= set(_KINDS)


@pytest.mark.parametrize("kind", sorted(set(_KINDS.values()), key=str))
class TestEveryResult:
    def test_comes_back_with_every_field(self, kind: type[Any], tmp_path: Path) -> None:
        assert _lost(kind, tmp_path) == []

    def test_comes_back_when_it_holds_only_what_it_must(self, kind: type[Any], tmp_path: Path) -> None:
        assert _lost(kind, tmp_path, bare=True) == []


@dataclass(frozen=True)
class _Forgetful:
    """A result whose last field is not stored (a new field, say)."""

    kept: str
    forgotten: float = 0.05

    def save(self, folder: Path) -> None:
        (folder / "kept.txt").write_text(self.kept, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls((folder / "kept.txt").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class _Coarse:
    """A result whose numbers are rounded on the way."""

    values: tuple[float, ...]

    def save(self, folder: Path) -> None:
        np.save(folder / "values.npy", np.array(self.values, np.float16))

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls(tuple(np.load(folder / "values.npy").tolist()))


@pytest.mark.parametrize(("kind", "said"), [(_Forgetful, ".forgotten"), (_Coarse, ".values[0]")])
def test_the_law_can_fail(kind: type[Any], said: str, tmp_path: Path) -> None:
    assert [line for line in _lost(kind, tmp_path) if line.startswith(said)]


def test_points_too_doubtful_for_a_surface_stay_so_in_the_store(tmp_path: Path) -> None:
    pixels = (2, 2)
    view = View(
        photo_id="p",
        image=np.zeros((*pixels, 3), np.uint8),
        world_from_camera=np.eye(4),
        K=np.eye(3),
        points=np.ones((*pixels, 3), np.float32),
        confidence=np.full(pixels, 0.2, np.float32),
        source=np.ones(pixels, np.uint8),
    )
    maps = PointMaps((view,), "classical", least_confidence=0.3)
    maps.save(tmp_path)
    again = PointMaps.load(tmp_path)
    assert not again.supported(again.views[0]).any()
