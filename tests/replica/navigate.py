"""Ways into a page state, to change a part of it, and the photos of what was read."""

from __future__ import annotations

from typing import Any

from scrapers.airbnb.parse.parsed import ParsedListing


def page(state: Any) -> dict[str, Any]:
    """The ``data`` of the listing's own entry."""
    entries = next(iter(state.values()))
    found: dict[str, Any] = next(e for key, e in entries if key.startswith("StaysPdpSections"))["data"]
    return found


def sections(state: Any) -> list[dict[str, Any]]:
    """The containers of all sections."""
    found: list[dict[str, Any]] = page(state)["presentation"]["stayProductDetailPage"]["sections"]["sections"]
    return found


def section(state: Any, section_id: str) -> dict[str, Any]:
    """The content of one section."""
    found: dict[str, Any] = next(s for s in sections(state) if s["sectionId"] == section_id)["section"]
    return found


def metadata(state: Any) -> dict[str, Any]:
    """What stands beside the sections."""
    found: dict[str, Any] = page(state)["presentation"]["stayProductDetailPage"]["sections"]["metadata"]
    return found


def photos_of(parsed: ParsedListing) -> list[tuple[str, str | None, str | None, str | None]]:
    """Address, name of the room, caption and number of each photo."""
    names = {room.id: room.name for room in parsed.rooms}
    return [(p.url, names[p.room] if p.room else None, p.caption, p.image_id) for p in parsed.photos]
