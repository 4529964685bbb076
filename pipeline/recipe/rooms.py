"""A group of photos to the report of one room, or of several where they do not belong together."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from pipeline.errors import Impossible
from pipeline.left_out import LeftOutReason
from pipeline.options import AnalysisOptions
from pipeline.recipe.room_stages import Built, Measured, RoomWork, build_surfaces, lenses_of, measure
from pipeline.recipe.stages import StageRunner, Stored
from pipeline.report import RoomReport
from pipeline.rooms.backends import DEFAULT, LAST_RESORT, Backend, choose
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.scene import LearnedModelFailed
from pipeline.rooms.surface import Surface
from scrapers.listing import Listing, RoomPhotos


def reconstruct_rooms(
    listing: Stored[Listing], room: RoomPhotos, options: AnalysisOptions, runner: StageRunner
) -> list[RoomReport]:
    """Reconstruct one room; photos that share nothing, and parts that only look alike, are rooms of their own.

    Raises:
        Impossible: no photo of it can be used.
    """
    work = RoomWork(listing, room, options, runner)
    first, backend = reconstruct_room(work)
    apart = []
    for number, ids in enumerate(_elsewhere(first, backend), start=2):
        alone = RoomPhotos(
            id=f"{room.id}-{number}", name=f"{room.name} {number}", photo_ids=ids, grouped=room.grouped
        )
        with suppress(Impossible):  # stays among the photos that the first room leaves out
            apart.append(reconstruct_room(replace(work, room=alone))[0])
    shown = {photo_id for report in apart for photo_id in report.placed}
    left_out = {photo_id: why for photo_id, why in first.left_out.items() if photo_id not in shown}
    photo_ids = tuple(photo_id for photo_id in room.photo_ids if photo_id not in shown)
    return [first.model_copy(update={"left_out": left_out, "photo_ids": photo_ids}), *apart]


def _elsewhere(first: RoomReport, backend: Backend) -> list[tuple[str, ...]]:
    """Photos that are not of the first room, by the rooms that they are of."""
    if backend.is_guess:
        return [(photo_id,) for photo_id in first.photo_ids if photo_id not in first.placed]
    alike = tuple(
        photo_id
        for photo_id, why in first.left_out.items()
        if why.reason == LeftOutReason.LOOKS_LIKE_ANOTHER_PART
    )
    return [alike] if len(alike) > 1 else []


def reconstruct_room(work: RoomWork) -> tuple[RoomReport, Backend]:
    """Reconstruct one room; ``Impossible`` says what is missing where that cannot be done."""
    room, lenses = work.room, lenses_of(work)
    photos = lenses.applied(work.photos(room.photo_ids))
    measured, why = _measured(work, photos)
    cameras, maps = measured.cameras, measured.maps
    built = build_surfaces(work, measured, photos)
    seen = (*lenses.notes_of(room.photo_ids), *(cameras.value.notes if cameras else ()))
    report = RoomReport(
        room_id=room.id,
        name=room.name,
        status="built",
        backend=measured.backend.name,
        backend_why=why,
        photo_ids=room.photo_ids,
        placed=tuple(view.photo_id for view in maps.value.views),
        left_out=maps.value.left_out,
        metric=maps.value.metric,
        scale_sigma=maps.value.scale_sigma,
        cameras_key=cameras.key if cameras else None,
        maps_key=maps.key,
        surface_key=built.surface.key,
        layouts_key=built.layouts.key if built.layouts else None,
        views_key=built.views.key if built.views else None,
        photo_surface_key=built.of_photos.key if built.surface is not built.of_photos else None,
        figures=_figures(built),
        photo_figures=_numbers(built.of_photos.value) if built.surface is not built.of_photos else {},
        notes=(*seen, *maps.value.notes, *built.notes),
    )
    return report, measured.backend


def _measured(work: RoomWork, photos: list[RoomPhoto]) -> tuple[Measured, str]:
    """By the chosen backend, by the default where that fails, or by a guess; and why."""
    backend, why = choose(work.options.backend, work.options.seed)
    try:
        try:
            return measure(work, backend, photos), why
        except LearnedModelFailed as failure:
            why = f"{backend.name} failed: {failure.message} {DEFAULT.name.capitalize()} stands in."
            return measure(work, DEFAULT(work.options.seed), photos), why
    except Impossible as answer:
        if not photos:
            raise
        return measure(work, LAST_RESORT(), photos), f"{answer.message} One photo has to do."


def _figures(built: Built) -> dict[str, float]:
    """Numbers of the surface that is shown and of the new views."""
    figures = _numbers(built.surface.value)
    if built.views:
        views = built.views.value
        figures |= {"unseen_before": views.unseen_before, "unseen_after": views.unseen_after}
    return figures


def _numbers(surface: Surface) -> dict[str, float]:
    """Numbers of a surface without times: equal runs give equal reports."""
    return {name: value for name, value in surface.stats.items() if name != "seconds"}
