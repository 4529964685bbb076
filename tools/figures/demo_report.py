"""The demo's report with what its stages kept: found in the store, or analysed first."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from PIL import Image

from pipeline.config import Settings
from pipeline.options import AnalysisOptions
from pipeline.recipe import DEMO_ORIGIN, StageRunner, analyse
from pipeline.recipe.stages import NullRecorder
from pipeline.report import ListingReport, RoomReport
from pipeline.reviews.report import ReviewReport
from pipeline.rooms.layout import RoomLayouts
from pipeline.rooms.scene import Cameras, PointMaps
from pipeline.rooms.surface import Surface
from pipeline.rooms.views import GeneratedRoom
from pipeline.store import Store
from scrapers.listing import Listing
from tools.figures.sheet import Pixels

ROOM = "Living room"


class _Told(NullRecorder):
    """Says which stage runs."""

    def stage_started(self, name: str, scope: str, key: str, cached: bool) -> None:
        """A line for a stage that is not a look-up."""
        if not cached:
            print(f"{scope} {name} ...".strip(), file=sys.stderr)


@dataclass(frozen=True)
class Demo:
    """The analysed demo, and where its results lie."""

    store: Store
    report: ListingReport

    @classmethod
    def analysed(cls, settings: Settings | None = None) -> Self:
        """The demo as the recipe analyses it by default: a look-up where that was done before."""
        store = Store.open(settings or Settings())
        _, report = analyse(DEMO_ORIGIN, AnalysisOptions(), StageRunner(store, _Told()))
        return cls(store, report.value)

    @property
    def listing(self) -> Listing:
        """What was collected."""
        return Listing.load(self.folder(self.report.listing_key))

    @property
    def reviews(self) -> ReviewReport:
        """What guests say."""
        return ReviewReport.load(self.folder(self.report.reviews_key or ""))

    def folder(self, key: str) -> Path:
        """Files of a stored result."""
        return self.store.artefacts.folder(key)

    def room(self, name: str = ROOM) -> Room:
        """All stages of one room."""
        report = next(room for room in self.report.rooms if room.name == name)
        keys = (report.cameras_key, report.maps_key, report.photo_surface_key, report.surface_key)
        cameras, maps, of_photos, completed = (self.folder(key or "") for key in keys)
        listing, folder = self.listing, self.folder(self.report.listing_key)
        return Room(
            report=report,
            photos=tuple(_pixels(folder / listing.photo(photo_id).file) for photo_id in report.placed),
            cameras=Cameras.load(cameras),
            maps=PointMaps.load(maps),
            layouts=RoomLayouts.load(self.folder(report.layouts_key or "")),
            views=GeneratedRoom.load(self.folder(report.views_key or "")),
            of_photos=Surface.load(of_photos),
            completed=Surface.load(completed),
        )


@dataclass(frozen=True)
class Room:
    """The results of the stages of one room; photos in the order of the views."""

    report: RoomReport
    photos: tuple[Pixels, ...]
    cameras: Cameras
    maps: PointMaps
    layouts: RoomLayouts
    views: GeneratedRoom
    of_photos: Surface
    completed: Surface


def _pixels(path: Path) -> Pixels:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))
