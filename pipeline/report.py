"""The report of one listing: what came out, what did not and why, and where each result lies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from pipeline.left_out import LeftOut

REPORT_FILE = "report.json"
RoomStatus = Literal["built", "impossible", "failed", "skipped", "waiting"]
Origin = Literal["measured", "inferred", "generated"]
ORIGINS: tuple[Origin, ...] = get_args(Origin)


def _reason(value: Any) -> Any:
    return LeftOut.from_plain(value) if isinstance(value, dict | str) else value


_Reason = Annotated[LeftOut, BeforeValidator(_reason), PlainSerializer(LeftOut.as_plain)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RoomReport(_Part):
    """One room.

    Attributes:
        status: ``built``; ``impossible`` with ``reason`` and ``advice``; ``failed`` likewise, by a defect;
            ``skipped`` if it was switched off; ``waiting`` in a report that is still being made.
        backend, backend_why: the reconstruction backend that ran, and why that one.
        placed: ids of the photos that have a camera.
        left_out: photo id to the reason why it has none.
        metric: whether lengths are metres (an estimate if ``scale_sigma`` is set).
        cameras_key, maps_key, surface_key: keys of the results (surface: ``mesh.glb``, ``points.glb``...).
        size_key: key of what its photos tell of its size and of their lenses.
        layouts_key: key of the layouts of the photos, if the stage ran.
        views_key: key of the generated views and the decision for them, if the stage ran.
        photo_surface_key: key of the surface of the photos alone, where ``surface_key`` has more.
        figures: numbers of the surface that ``surface_key`` holds (``faces``, ``area_m2``; ``measured_share``,
            ``inferred_share``, ``generated_share``: of its area) and of the new views.
        photo_figures: numbers of the surface of the photos alone, where ``surface_key`` has more.
        rough: whether its photos look better in rooms of their own, which come before it.
        notes: facts about the run worth showing.
    """

    room_id: str
    name: str
    status: RoomStatus
    reason: str | None = None
    advice: str | None = None
    backend: str | None = None
    backend_why: str | None = None
    photo_ids: tuple[str, ...] = ()
    placed: tuple[str, ...] = ()
    left_out: dict[str, _Reason] = Field(default_factory=dict)
    metric: bool = False
    scale_sigma: float | None = None
    cameras_key: str | None = None
    maps_key: str | None = None
    surface_key: str | None = None
    size_key: str | None = None
    layouts_key: str | None = None
    views_key: str | None = None
    photo_surface_key: str | None = None
    figures: dict[str, float] = Field(default_factory=dict)
    photo_figures: dict[str, float] = Field(default_factory=dict)
    rough: bool = False
    notes: tuple[str, ...] = ()

    def shown_figures(self, *, photos_only: bool) -> dict[str, float]:
        """Numbers of the surface of the photos alone, or of the completed one."""
        apart = photos_only and self.photo_surface_key is not None
        return self.photo_figures if apart else self.figures

    def shares(self, *, photos_only: bool = False) -> dict[Origin, float]:
        """Share of the shown area that was measured, inferred and generated; only those that occur."""
        figures = self.shown_figures(photos_only=photos_only)
        found = {origin: figures.get(f"{origin}_share", 0.0) for origin in ORIGINS}
        return {origin: share for origin, share in found.items() if share > 0}


class ListingReport(_Part):
    """Everything that an analysis of a listing found. Holds no times, so equal runs give equal reports.

    Attributes:
        groups_key: key of the evidence by which loose photos were grouped into rooms, if they had to be.
        reviews_key: key of the review report; ``reviews_note`` says why there is none.
        notes: facts about the whole worth showing.
    """

    listing_id: str
    listing_key: str
    options: dict[str, Any]
    seed: int
    rooms: tuple[RoomReport, ...] = ()
    groups_key: str | None = None
    reviews_key: str | None = None
    reviews_note: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def unfinished(self) -> bool:
        """Whether rooms are still to come: the analysis goes on, or it was stopped."""
        return any(room.status == "waiting" for room in self.rooms)

    def keys(self) -> set[str]:
        """Keys of all results that the report refers to."""
        found = {self.listing_key, self.groups_key, self.reviews_key}
        for room in self.rooms:
            found |= {room.cameras_key, room.maps_key, room.surface_key, room.size_key}
            found |= {room.layouts_key, room.views_key, room.photo_surface_key}
        return {key for key in found if key is not None}

    def save(self, folder: Path) -> None:
        """Write ``report.json`` into ``folder``."""
        (folder / REPORT_FILE).write_text(self.model_dump_json(indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote."""
        return cls.model_validate_json((folder / REPORT_FILE).read_text(encoding="utf-8"))
