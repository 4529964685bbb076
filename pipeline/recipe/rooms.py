"""A group of photos to the report of one room, or of several where they do not belong together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from pipeline.errors import Impossible
from pipeline.left_out import LeftOut
from pipeline.options import AnalysisOptions
from pipeline.recipe.room_stages import (
    Built,
    Measured,
    RoomWork,
    completed,
    lenses_of,
    measure,
    seen_from_own_places,
    surface_of_photos,
)
from pipeline.recipe.size_stage import measured_room
from pipeline.recipe.stages import StageRunner, Stored
from pipeline.report import RoomReport
from pipeline.rooms.backends import DEFAULT, LAST_RESORT, Backend, choose
from pipeline.rooms.judging import Worth
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.scene import BetterApart, LearnedModelFailed, NotEnoughPhotos
from pipeline.rooms.surface import Surface
from pipeline.wording import enumerated
from scrapers.listing import Listing, RoomPhotos

#: why photos that could be placed together are shown one by one
_BETTER_APART: Final = "Put together, these photos make a room that looks less like them than each by itself."


def reconstruct_rooms(
    listing: Stored[Listing], room: RoomPhotos, options: AnalysisOptions, runner: StageRunner
) -> list[RoomReport]:
    """Reconstruct one room; what cannot be placed in it for certain stands beside it, always.

    Photos that are left over are tried together again, for a room may have parts that no photo joins; those
    that fit nothing, or look better by themselves, are a room each, made from one photo. What comes first is
    shown first: photos that make a good room together, rooms of one photo (the one whose layout is surest
    first, where it leads), rough rooms of several.

    Raises:
        Impossible: no photo of it can be used.
    """
    work = RoomWork(listing, room, options, runner)
    together, apart, answer = _placed_together(work)
    well = [part for part in together if not part.rough]
    rough = [part for part in together if part.rough]
    apart |= {photo_id for part in rough for photo_id in part.placed}
    alone, unusable = _each_alone(work, _rest(work, well), apart, answer)
    parts = [*well, *(report for report, _ in (alone if well else _surest_first(alone))), *rough]
    if not parts:
        raise Impossible(answer.message, answer.advice, {**answer.left_out, **unusable})
    return _told_apart(room, parts, {**(together[0].left_out if together else answer.left_out), **unusable})


def _placed_together(work: RoomWork) -> tuple[list[RoomReport], set[str], Impossible]:
    """Rooms of photos that could be placed together, photos whose room is a wreck, and why no more could be."""
    parts: list[RoomReport] = []
    apart: set[str] = set()
    answer = Impossible("None of the photos can be read.", "Export them again as JPEG or PNG.")
    while rest := tuple(photo_id for photo_id in _rest(work, parts) if photo_id not in apart):
        try:
            parts.append(reconstruct_room(_only(work, rest))[0])
        except BetterApart as wreck:
            apart |= set(rest) - set(wreck.left_out)
        except Impossible as reason:
            return parts, apart, reason
    return parts, apart, answer


def _rest(work: RoomWork, parts: Sequence[RoomReport]) -> tuple[str, ...]:
    placed = {photo_id for part in parts for photo_id in part.placed}
    return tuple(photo_id for photo_id in work.room.photo_ids if photo_id not in placed)


def _only(work: RoomWork, photo_ids: tuple[str, ...]) -> RoomWork:
    """The work on some of the photos; its stages tell which, where they are not all."""
    room = work.room
    if photo_ids == room.photo_ids:
        return work
    name = _name_of(room, photo_ids)
    return replace(work, room=room.model_copy(update={"name": name, "photo_ids": photo_ids}))


def _name_of(room: RoomPhotos, photo_ids: Collection[str]) -> str:
    """``Living room, photos 2 and 5``: numbers as the source counts the photos of the room."""
    numbers = [str(number) for number, known in enumerate(room.photo_ids, start=1) if known in photo_ids]
    return f"{room.name}, {'photo' if len(numbers) == 1 else 'photos'} {enumerated(numbers)}"


def _each_alone(
    work: RoomWork, photo_ids: tuple[str, ...], apart: Collection[str], answer: Impossible
) -> tuple[list[tuple[RoomReport, Measured]], dict[str, LeftOut]]:
    """A room of each photo, and why some have none.

    Args:
        work: the room.
        photo_ids: those to be shown alone.
        apart: those among them that could be placed together and look better alone.
        answer: why the others could not be placed.
    """
    found: list[tuple[RoomReport, Measured]] = []
    unusable: dict[str, LeftOut] = {}
    for photo_id in photo_ids:
        why = _BETTER_APART if photo_id in apart else answer.message
        try:
            chosen = (LAST_RESORT(work.options.seed, work.options.depth_prior), f"{why} One photo has to do.")
            found.append(reconstruct_room(_only(work, (photo_id,)), chosen))
        except Impossible as refused:
            unusable |= refused.left_out
    return found, unusable


def _surest_first(alone: list[tuple[RoomReport, Measured]]) -> list[tuple[RoomReport, Measured]]:
    """Rooms of one photo by how sure their layouts are."""
    return sorted(alone, key=lambda part: -float(part[1].maps.value.views[0].confidence.max()))


def _told_apart(
    room: RoomPhotos, parts: Sequence[RoomReport], left_out: Mapping[str, LeftOut]
) -> list[RoomReport]:
    """The parts under names of their own; the first one is the room, and has what is shown nowhere."""
    shown = {photo_id for part in parts for photo_id in part.placed}
    nowhere = {photo_id: why for photo_id, why in left_out.items() if photo_id not in shown}
    first = {
        "room_id": room.id,
        "name": room.name,
        "photo_ids": tuple(p for p in room.photo_ids if p in parts[0].placed or p not in shown),
        "left_out": nowhere,
    }
    others = [
        part.model_copy(
            update={
                "room_id": f"{room.id}-{number}",
                "name": _name_of(room, part.placed) + (" together, roughly" if part.rough else ""),
                "photo_ids": part.placed,
                "left_out": {},
            }
        )
        for number, part in enumerate(parts[1:], start=2)
    ]
    return [parts[0].model_copy(update=first), *others]


def reconstruct_room(work: RoomWork, chosen: tuple[Backend, str] | None = None) -> tuple[RoomReport, Measured]:
    """Reconstruct one room of photos that are placed together.

    Args:
        work: the photos.
        chosen: the backend and why that one; none: the one that the user's options choose.

    Raises:
        Impossible: says what is missing, or that the photos are better shown one by one.
    """
    room, lenses = work.room, lenses_of(work)
    photos = lenses.applied(work.photos(room.photo_ids))
    refused = {photo_id: why for photo_id, why in lenses.left_out.items() if photo_id in room.photo_ids}
    if not photos:
        raise NotEnoughPhotos("There is no photo of a room here.", "Add at least one, better five.", refused)
    options = work.options
    chosen = chosen or choose(options.backend, options.seed, options.depth_prior)
    measured, why = _measured(work, photos, *chosen)
    cameras, maps = measured.cameras, measured.maps
    surface = surface_of_photos(work, measured, photos)
    worth = _worth(work, measured, surface)
    if worth == Worth.WRECK:
        advice = "Add photos between them that overlap by half."
        raise BetterApart(_BETTER_APART, advice, maps.value.left_out)
    rough = worth == Worth.ROUGH
    size = measured_room(work, maps, photos)
    built = Built(surface, surface) if rough else completed(work, measured, photos, surface)
    seen = (*lenses.notes_of(room.photo_ids), *(cameras.value.notes if cameras else ()))
    report = RoomReport(
        room_id=room.id,
        name=room.name,
        status="built",
        backend=measured.backend.name,
        backend_why=why,
        photo_ids=room.photo_ids,
        placed=tuple(view.photo_id for view in maps.value.views),
        left_out={**maps.value.left_out, **refused},
        metric=maps.value.metric,
        scale_sigma=maps.value.scale_sigma,
        cameras_key=cameras.key if cameras else None,
        maps_key=maps.key,
        surface_key=built.surface.key,
        size_key=size.key,
        layouts_key=built.layouts.key if built.layouts else None,
        views_key=built.views.key if built.views else None,
        photo_surface_key=built.of_photos.key if built.surface is not built.of_photos else None,
        figures=_figures(built),
        photo_figures=_numbers(built.of_photos.value) if built.surface is not built.of_photos else {},
        rough=rough,
        notes=(*seen, *maps.value.notes, *built.notes),
    )
    return report, measured


def _worth(work: RoomWork, measured: Measured, surface: Stored[Surface]) -> Worth:
    """How well a measured room shows its photos from their own places; guesses and models are taken as are."""
    if not measured.backend.places_cameras:
        return Worth.WELL
    return seen_from_own_places(work, measured.maps, surface).worth()


def _measured(work: RoomWork, photos: list[RoomPhoto], backend: Backend, why: str) -> tuple[Measured, str]:
    """By the chosen backend, or by the default where that fails; and why."""
    try:
        return measure(work, backend, photos), why
    except LearnedModelFailed as failure:
        why = f"{backend.name} failed: {failure.message} {DEFAULT.name.capitalize()} stands in."
        return measure(work, DEFAULT(work.options.seed, work.options.depth_prior), photos), why


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
