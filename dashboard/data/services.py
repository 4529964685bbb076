"""What the pages need to know, read from the store. Knows no Streamlit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dashboard import formatting
from dashboard.data import thumbnails
from dashboard.data.viewer_words import viewer_words
from dashboard.words import number, t
from pipeline.config import Settings
from pipeline.report import ListingReport, RoomReport
from pipeline.reviews.report import ReviewReport
from pipeline.rooms.sizes import Band
from pipeline.store import ListingEntry, Store, read_result, sweep
from scrapers.listing import Listing, Photo

CLEAN_AFTER_S = 3600.0


@lru_cache(maxsize=4)
def _open(data: Path, database_url: str, queue_url: str, artefacts_url: str) -> Store:
    return Store.open(Settings())


def open_store() -> Store:
    """The store of the current settings, opened once per process."""
    settings = Settings()
    return _open(settings.data, settings.database_url, settings.queue_url, settings.artefacts_url)


def photo_url(key: str, photo: Photo, width_px: int) -> str:
    """Address of a small copy of a photo, relative to the dashboard."""
    return result_photo_url(key, photo.file, width_px)


def result_photo_url(key: str, name: str, width_px: int) -> str:
    """Address of a small copy of a picture among the files of a stored result."""
    return f"photos/{key}/{width_px}/{quote(name)}"


def file_url(key: str, name: str, *, save_as: str = "") -> str:
    """Address of a file of a stored result, relative to the dashboard; ``save_as`` makes it a download."""
    return f"files/{key}/{quote(name)}" + (f"?save_as={quote(save_as)}" if save_as else "")


@dataclass(frozen=True)
class ListingView:
    """One listing with everything that the pages show of it."""

    entry: ListingEntry
    listing: Listing
    report: ListingReport | None

    @property
    def id(self) -> str:
        """The listing's id."""
        return self.entry.id

    @property
    def key(self) -> str:
        """Key of the stored listing, under which its photos are served."""
        return self.entry.key

    def url(self, photo_id: str, width_px: int) -> str:
        """Address of a small copy of one of its photos."""
        return photo_url(self.key, self.listing.photo(photo_id), width_px)

    def room(self, room_id: str) -> RoomReport:
        """The report of a room; ``KeyError`` if there is none such."""
        for room in self.rooms:
            if room.room_id == room_id:
                return room
        raise KeyError(f"listing {self.id!r} has no analysed room {room_id!r}")

    @property
    def is_whole(self) -> bool:
        """Whether there is a report in which no room waits."""
        return self.report is not None and not self.report.unfinished

    @property
    def rooms(self) -> tuple[RoomReport, ...]:
        """The analysed rooms."""
        return self.report.rooms if self.report is not None else ()

    @property
    def photos_by_room(self) -> list[tuple[str, tuple[str, ...]]]:
        """Name and photo ids of every room: as analysed, else as the source has them."""
        if self.rooms:
            return [(room.name, room.photo_ids) for room in self.rooms]
        return [(room.name, room.photo_ids) for room in self.listing.rooms]

    @property
    def built(self) -> tuple[RoomReport, ...]:
        """The rooms that became 3D."""
        return tuple(room for room in self.rooms if room.status == "built" and room.surface_key)


def listing_view(store: Store, entry: ListingEntry) -> ListingView:
    """Read a listing and its newest report (as if there was none, where it is gone or damaged).

    Raises:
        KeyError: the listing itself is.
    """
    stored = read_result(Listing, store.artefacts.folder(entry.key))
    listing = stored.model_copy(update={"title": entry.title})
    report = None
    if entry.report_key is not None:
        try:
            report = read_result(ListingReport, store.artefacts.folder(entry.report_key))
        except KeyError:
            report = None
    return ListingView(entry, listing, report)


@dataclass(frozen=True)
class Number:
    """A headline number with what it counts."""

    value: str
    label: str
    note: str = ""


def mean_rating(listing: Listing) -> float | None:
    """The source's rating, else the mean of the reviews that have stars."""
    if listing.rating is not None:
        return listing.rating
    stars = [review.rating for review in listing.reviews if review.rating is not None]
    return sum(stars) / len(stars) if stars else None


def languages(listing: Listing, reviews: ReviewReport | None) -> set[str]:
    """Languages of the reviews: those found in the text, else those that the source gave."""
    if reviews is not None and reviews.counts.languages:
        return set(reviews.counts.languages)
    return {review.language for review in listing.reviews if review.language}


def headline(view: ListingView, reviews: ReviewReport | None = None) -> list[Number]:
    """The numbers that open the overview."""
    numbers = _room_numbers(view) if view.listing.photos else []
    reviews_read = len(view.listing.reviews)
    numbers.append(Number(number(reviews_read), t("review read") if reviews_read == 1 else t("reviews read")))
    spoken = len(languages(view.listing, reviews))
    if spoken:
        numbers.append(Number(str(spoken), t("language") if spoken == 1 else t("languages")))
    rating = mean_rating(view.listing)
    if rating is not None:
        numbers.append(Number(number(rating, 2), t("stars"), t("of 5")))
    return numbers


def _room_numbers(view: ListingView) -> list[Number]:
    built, placed = len(view.built), sum(len(room.placed) for room in view.rooms)
    of_rooms = t("of {all}", all=len(view.rooms)) if view.report is not None else t("not analysed yet")
    return [
        Number(str(built), t("room in 3D") if built == 1 else t("rooms in 3D"), of_rooms),
        Number(
            str(placed),
            t("photo placed") if placed == 1 else t("photos placed"),
            t("of {all}", all=len(view.listing.photos)),
        ),
    ]


def collage(listing: Listing, limit: int = 5) -> list[str]:
    """Photo ids for the first picture: the rooms take turns."""
    queues = [list(room.photo_ids) for room in listing.rooms if room.photo_ids]
    chosen: list[str] = []
    while queues and len(chosen) < limit:
        chosen += [queue.pop(0) for queue in queues]
        queues = [queue for queue in queues if queue]
    return chosen[:limit] or [photo.id for photo in listing.photos[:limit]]


def photo_numbers(room: RoomReport) -> dict[str, int]:
    """The number by which pages call each photo: the placed ones first, as the plan of the room counts."""
    ordered = [*room.placed, *(photo for photo in room.photo_ids if photo not in room.placed)]
    return {photo: number for number, photo in enumerate(ordered, start=1)}


def viewer_data(
    view: ListingView,
    room: RoomReport,
    *,
    height_px: int,
    compact: bool = False,
    photos_only: bool = False,
    scale: Band | None = None,
) -> dict[str, Any]:
    """What the room viewer needs of a built room (see ``components/room_viewer``).

    ``scale``: metres of a unit of its mesh, where something tells.
    ``photos_only``: the surface of the photos alone, where the room was completed with generated views.
    """
    surface_key = room.photo_surface_key if photos_only else room.surface_key
    if surface_key is None:
        raise ValueError(f"room {room.room_id!r} has no such surface to show")
    photos, numbers = [], photo_numbers(room)
    for photo_id in room.photo_ids:
        photo = view.listing.photo(photo_id)
        called = t("Photo {number}", number=numbers[photo_id])
        photos.append(
            {
                "id": photo_id,
                "name": f"{called}: {photo.caption}" if photo.caption else called,
                "thumb": photo_url(view.key, photo, 320),
                "full": photo_url(view.key, photo, 1280),
            }
        )
    return {
        "mesh_url": file_url(surface_key, "mesh.glb"),
        "points_url": file_url(surface_key, "points.glb"),
        "cameras_url": file_url(surface_key, "cameras.json"),
        "photos": photos,
        "metric": room.metric,
        "scale": None if scale is None else {"value": scale.value, "low": scale.low, "high": scale.high},
        "compact": compact,
        "height": height_px,
        "label": t("3D view of {room}", room=room.name),
        "words": viewer_words(),
        "file_name": f"{view.id}-{room.room_id}",
    }


@dataclass(frozen=True)
class StageStorage:
    """Space that the results of one stage take."""

    stage: str
    results: int
    bytes: int


def storage(store: Store) -> list[StageStorage]:
    """Stored results by stage, the largest first."""
    sizes: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for artefact in store.catalogue.artefacts():
        sizes[artefact.stage] += artefact.bytes
        counts[artefact.stage] += 1
    return [StageStorage(stage, counts[stage], size) for stage, size in sizes.most_common()]


def clean_up(store: Store) -> int:
    """Delete what no report needs, small photos of listings that are gone, and what was left; freed bytes."""
    return store.clean(CLEAN_AFTER_S) + thumbnails.clean(store) + sweep(store.settings.work_folder)


def setting_rows(settings: Settings) -> list[tuple[str, str]]:
    """Where things are kept, passwords hidden."""
    return [
        (t("Data folder"), str(settings.data)),
        (t("Catalogue"), formatting.mask_url(settings.resolved_database_url)),
        (t("Queue"), formatting.mask_url(settings.queue_url or str(settings.queue_file))),
        (t("Results"), formatting.mask_url(settings.resolved_artefacts_url)),
        (t("Uploads"), str(settings.uploads_folder)),
    ]
