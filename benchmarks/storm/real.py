"""Real analyses for the storm, as small as can be: reviews, a room of one photo, a page of the replica."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import Image

from pipeline.config import Settings
from pipeline.demo.source import FOLDER, PHOTOS_NAME, REVIEWS_NAME
from pipeline.options import AnalysisOptions
from pipeline.recipe import StageRunner, analyse
from pipeline.store import Store
from scrapers.airbnb.fetch import Conduct
from scrapers.airbnb.source import AirbnbSource
from scrapers.airbnb.urls import HostPolicy
from scrapers.source import Source
from tests.replica.listings import invent
from tests.replica.site import Replica

#: which analyses come one after the other
KINDS: Final = ("reviews", "replica", "reviews", "room", "reviews")
REVIEWS: Final = 8
PHOTO_PX: Final = (320, 214)
#: a number of nothing that the storm asks for
_UNUSED: Final = 100_000
_NO_WAITS: Final = Conduct(0.0, 0.0)


@dataclass(frozen=True)
class Given:
    """Something to analyse, and how."""

    kind: str
    origin: str
    options: AnalysisOptions


@dataclass(frozen=True)
class RealWork:
    """Makes things to analyse, no two alike.

    Attributes:
        folder: where they are put.
        replica: of Airbnb, on this computer.
    """

    folder: Path
    replica: Replica

    def given(self, number: int) -> Given:
        """The next one."""
        kind = KINDS[number % len(KINDS)]
        if kind == "reviews":
            return Given(kind, str(self.reviews(number)), AnalysisOptions(rooms=False))
        if kind == "room":
            return Given(kind, str(self._photo(number)), AnalysisOptions(reviews=False, new_views=0))
        invented = invent(number, 6, "new", n_photos=1, n_rooms=1, media_origin=self.replica.origin)
        options = AnalysisOptions(rooms=False, reviews=False)
        return Given(kind, self.replica.show(invented), options)

    def load(self) -> None:
        """Do some of it in this process, before workers are forked: one that was killed is back at once.

        Threads of native code do not survive a fork, so all of it runs in one.
        """
        importlib.import_module("scrapers.airbnb.fetch")
        importlib.import_module("playwright.async_api")
        store = Store.open(Settings(data=self.folder / "loaded", threads=1))
        for number in (KINDS.index("reviews"), KINDS.index("room")):
            given = self.given(_UNUSED + number)
            analyse(given.origin, given.options, StageRunner(store))
        store.catalogue.close()

    def _place(self, number: int) -> Path:
        place = self.folder / f"real-{number}"
        place.mkdir()
        return place

    def reviews(self, number: int) -> Path:
        """A folder with a file of reviews."""
        rows: list[dict[str, Any]] = json.loads((FOLDER / REVIEWS_NAME).read_text(encoding="utf-8"))
        begin = number * REVIEWS % (len(rows) - REVIEWS)
        told = [
            {**row, "text": f"Stay number {number}. {row['text']}"} for row in rows[begin : begin + REVIEWS]
        ]
        place = self._place(number)
        (place / "reviews.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        return place

    def _photo(self, number: int) -> Path:
        photos = sorted((FOLDER / PHOTOS_NAME).rglob("*.jpg"))
        with Image.open(photos[number % len(photos)]) as opened:
            small = opened.convert("RGB").resize(PHOTO_PX)
        small.putpixel((0, 0), (number % 256, 0, 0))
        place = self._place(number)
        small.save(place / "photo.png")
        return place


def with_replica(origin: str) -> None:
    """Let this process (a worker) collect from the replica as from Airbnb, without its waits."""
    from pipeline.recipe import analysis

    real: Callable[..., Source] = vars(analysis)["open_source"]

    def opened(asked: str, options: AnalysisOptions, cache: Path) -> Source:
        if not asked.startswith(origin):
            return real(asked, options, cache)
        return AirbnbSource(asked, cache=cache, hosts=HostPolicy(origin), conduct=_NO_WAITS)

    vars(analysis)["open_source"] = opened
