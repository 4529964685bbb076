"""Copy what an analysis of a listing made into a folder of the user's."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline.commands.plans import draw_plans
from pipeline.store import Store


def export_listing(store: Store, listing_id: str, target: Path) -> list[Path]:
    """Write listing, photos, report, rooms and review report of ``listing_id`` below ``target``.

    Returns:
        The files written.

    Raises:
        KeyError: the listing is unknown or has no report yet.
        FileExistsError: ``target`` exists and is not empty.
    """
    report = store.report(listing_id)
    if report is None:
        raise KeyError(f"listing {listing_id!r} has no report yet; analyse it first")
    if target.exists() and any(target.iterdir()):
        raise FileExistsError(f"{target} is not empty; choose another folder with --to")
    parts = {"listing": report.listing_key, "photo_groups": report.groups_key, "reviews": report.reviews_key}
    for room in report.rooms:
        parts[f"rooms/{room.room_id}/cameras"] = room.cameras_key
        parts[f"rooms/{room.room_id}/surface"] = room.surface_key
        parts[f"rooms/{room.room_id}/surface_of_photos"] = room.photo_surface_key
        parts[f"rooms/{room.room_id}/layouts"] = room.layouts_key
        parts[f"rooms/{room.room_id}/new_views"] = room.views_key
    for name, key in parts.items():
        if key is not None:
            shutil.copytree(store.artefacts.folder(key), target / name, ignore=shutil.ignore_patterns(".*"))
    report.save(target)
    draw_plans(store, listing_id, None, target / "plans")
    return sorted(path for path in target.rglob("*") if path.is_file())
