"""Plans of a listing's rooms, written into a folder, and lengths that are typed for them."""

from __future__ import annotations

from pathlib import Path

from pipeline.rooms.sizes import TypedLength
from pipeline.sizing import (
    FORMATS,
    NoPlan,
    forget_lengths,
    keep_length,
    listing_sizes,
    room_card,
    room_plan,
    write_plan,
)
from pipeline.store import Store


def draw_plans(
    store: Store, listing_id: str, room_id: str | None, folder: Path
) -> tuple[list[Path], list[str]]:
    """Write a plan of each room (or one) in every format below ``folder``.

    Returns:
        The files, and why other rooms have no plan.

    Raises:
        KeyError: the listing or the room is unknown, or it has no report yet.
    """
    report = store.report(listing_id)
    if report is None:
        raise KeyError(f"listing {listing_id!r} has no report yet; analyse it first")
    rooms = [room for room in report.rooms if room_id in (None, room.room_id)]
    if not rooms:
        known = ", ".join(room.room_id for room in report.rooms)
        raise KeyError(f"listing {listing_id!r} has no room {room_id!r}; its rooms: {known}")
    sizes = listing_sizes(store, report)
    files: list[Path] = []
    without: list[str] = []
    for room in rooms:
        try:
            plan = room_plan(room, sizes)
        except NoPlan as why:
            without.append(str(why))
            continue
        folder.mkdir(parents=True, exist_ok=True)
        for ending in FORMATS:
            files.append(folder / f"{room.room_id}.{ending}")
            write_plan(plan, files[-1])
    return files, without


def type_lengths(
    store: Store, listing_id: str, room_id: str, lengths: dict[str, float], *, forget: bool
) -> str:
    """Keep true lengths of a room, or forget them; what the room measures now, in one line.

    Args:
        store: where the listing is kept.
        listing_id, room_id: of the room.
        lengths: ``length``, ``width`` or ``height`` to metres.
        forget: whether what was typed before is forgotten first.

    Raises:
        KeyError: the listing is unknown or has no report yet.
        ValueError: a length cannot be, or the room was not measured.
    """
    report = store.report(listing_id)
    if report is None:
        raise KeyError(f"listing {listing_id!r} has no report yet; analyse it first")
    if forget:
        forget_lengths(store, report, room_id)
    for of, metres in lengths.items():
        keep_length(store, report, TypedLength(room_id, metres, of))
    sizes = listing_sizes(store, report)
    card = room_card(sizes.rooms.get(room_id), sizes.why_not(room_id))
    return " ".join([card.short or "Nothing is known of its size.", card.rests_on, *card.why]).strip()
