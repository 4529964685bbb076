"""Photos and the rooms they show: from the old and the new photo tour, joined photo by photo."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from scrapers.airbnb.parse.parsed import Evidence, ParsedPhoto, ParsedRoom
from scrapers.airbnb.parse.shapes import Node, child, is_empty_list, is_null, node, nodes, text
from scrapers.airbnb.parse.state_scan import Pieces
from scrapers.rooms import slug

_RESIZING = frozenset({"im_w", "im_h", "im_q", "im_format", "im_origin", "im_interpolation", "aki_policy"})
_IMAGE_NUMBER = re.compile(r"[1-9][0-9]{3,19}")
_IMAGE_ENTITY = re.compile(r"ImageEntity:(-?[0-9]{1,20})")
_MAX_PHOTOS = 1000
#: how the number of the stop ends that holds what belongs to no room
_LEFT_OVER = "-additional"


@dataclass(frozen=True)
class Shot:
    """One photo as one list has it.

    Attributes:
        ids: every number it goes by (its own, and that of its entity).
        room: number of its room in the list, from 0 on.
    """

    url: str
    ids: frozenset[str] = frozenset()
    image_id: str | None = None
    caption: str | None = None
    label: str | None = None
    room: int | None = None
    saved_as: str | None = None


@dataclass(frozen=True)
class Album:
    """One list of photos of one piece of evidence.

    Attributes:
        tour: whether it is a whole tour, not a selection.
        rooms: names in order; ``None`` where the list does not speak of rooms, empty where it has none.
    """

    evidence: Evidence
    shots: tuple[Shot, ...]
    tour: bool
    rooms: tuple[str, ...] | None = None
    says_none: bool = False


@dataclass(frozen=True)
class Gallery:
    """The photos and rooms of all evidence together; see :class:`.parsed.ParsedListing`."""

    photos: tuple[ParsedPhoto, ...] = ()
    rooms: tuple[ParsedRoom, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)


def full_size(value: object) -> str | None:
    """Absolute web address of a photo in its best resolution; ``None`` for anything else."""
    if not isinstance(value, str) or len(value) > 2000 or any(c.isspace() or ord(c) < 32 for c in value):
        return None
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.username is None
        query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in _RESIZING]
    except ValueError:
        return None
    if not usable or len(parts.path) < 2:
        return None
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))


def state_albums(pieces: Pieces, network: bool = False) -> list[Album]:
    """The lists of photos of a page state, tours before selections."""
    old: Evidence = "network" if network else "page_state.old"
    new: Evidence = "network" if network else "page_state.new"
    albums = [_old_tour(pieces.sections.get("PHOTO_TOUR_SCROLLABLE_MODAL", {}), old)]
    albums += [_new_tour(node(listing, "pdpPresentation", "mediaTour"), new) for listing in pieces.listings]
    images = nodes(pieces.sections.get("HERO_DEFAULT", {}), "previewImages")
    # the label of a preview names the listing and a number, in the page's language: it tells nothing
    previews = [replace(shot, label=None) for image in images if (shot := _old_shot(image)) is not None]
    albums.append(Album(old, tuple(previews), tour=False))
    for listing in pieces.listings:
        edges = nodes(listing, "pdpPresentation", "heroMedia", "edges")
        shots = [shot for edge in edges if (shot := _new_shot(child(edge, "node", "image"))) is not None]
        albums.append(Album(new, tuple(shots), tour=False))
    return [album for album in albums if album.shots or album.says_none]


def join(albums: Sequence[Album]) -> Gallery:
    """One gallery out of all lists.

    The longest tour gives the order (else the longest list); what the others know of a photo is added to it,
    and photos that only they have follow. Rooms come from one list only: the one that places most photos.
    """
    filled = [album for album in albums if album.shots]
    if not filled:
        silent = next((album.evidence for album in albums if album.says_none), None)
        return Gallery(provenance={} if silent is None else {"photos": silent, "rooms": silent})
    base = max(filled, key=lambda album: (album.tour, len(album.shots)))
    order = [base, *(album for album in filled if album is not base)]
    merged: list[Shot] = []
    used: list[str] = []
    placed = max(filled, key=lambda album: (sum(shot.room is not None for shot in album.shots), album is base))
    for album in order:
        known = _Index(merged)
        grew = False
        for shot in album.shots:
            shot = shot if album is placed else replace(shot, room=None)
            at = known.find(shot)
            if at is None:
                merged.append(shot)
                grew = True
            else:
                merged[at] = _combine(merged[at], shot)
        if grew:
            used.append(album.evidence)
    return _gallery(merged[:_MAX_PHOTOS], placed, filled, list(dict.fromkeys(used)))


def _gallery(shots: list[Shot], placed: Album, albums: list[Album], used: list[str]) -> Gallery:
    provenance = {"photos": ", ".join(used)}
    numbers = sorted({shot.room for shot in shots if shot.room is not None})
    rooms: dict[int, ParsedRoom] = {}
    taken: set[str] = set()
    for room in numbers:
        name = (placed.rooms or ())[room]
        rooms[room] = ParsedRoom(_free_id(slug(name) or f"room-{room + 1}", taken), name)
    if rooms:
        provenance["rooms"] = placed.evidence
    elif (silent := next((album.evidence for album in albums if album.rooms == ()), None)) is not None:
        provenance["rooms"] = silent
    # rooms in order, then what is in none; the order of the tour within each
    shots = sorted(shots, key=lambda shot: numbers.index(shot.room) if shot.room is not None else len(numbers))
    photos = tuple(
        ParsedPhoto(
            url=shot.url,
            caption=shot.caption,
            label=shot.label,
            room=rooms[shot.room].id if shot.room is not None else None,
            image_id=shot.image_id,
            saved_as=shot.saved_as,
        )
        for shot in shots
    )
    return Gallery(photos, tuple(rooms.values()), provenance)


class _Index:
    """Finds a photo of one list in another, by address or by number."""

    def __init__(self, shots: Sequence[Shot]) -> None:
        self._by_path: dict[str, int] = {}
        self._by_id: dict[str, set[int]] = {}
        self._shots = shots
        self._first = len(shots)
        for at, shot in enumerate(shots):
            self._add(at, shot)

    def _add(self, at: int, shot: Shot) -> None:
        self._by_path.setdefault(_path(shot.url), at)
        for number in shot.ids:
            self._by_id.setdefault(number, set()).add(at)

    def find(self, shot: Shot) -> int | None:
        """Its index among the photos of other lists, or among those of its own with the same address."""
        for new in range(self._first, len(self._shots)):
            self._by_path.setdefault(_path(self._shots[new].url), new)
        self._first = len(self._shots)
        if (at := self._by_path.get(_path(shot.url))) is not None:
            return at
        found = {at for number in shot.ids for at in self._by_id.get(number, ())}
        return found.pop() if len(found) == 1 else None


def _path(url: str) -> str:
    return urlsplit(url).path


def _combine(first: Shot, second: Shot) -> Shot:
    return replace(
        first,
        ids=first.ids | second.ids,
        image_id=first.image_id or second.image_id,
        caption=first.caption or second.caption,
        label=first.label or second.label,
        room=first.room if first.room is not None else second.room,
        saved_as=first.saved_as or second.saved_as,
    )


def _free_id(wanted: str, taken: set[str]) -> str:
    room_id, number = wanted, 2
    while room_id in taken:
        room_id, number = f"{wanted}-{number}", number + 1
    taken.add(room_id)
    return room_id


def _old_tour(section: Node, evidence: Evidence) -> Album:
    shots = [shot for item in nodes(section, "mediaItems") if (shot := _old_shot(item)) is not None]
    names, room_of = _old_rooms(section)
    doubtful = _ambiguous_numbers(shots)
    placed = tuple(
        replace(shot, room=None if shot.image_id in doubtful else room_of.get(shot.image_id or ""))
        for shot in shots
    )
    without = is_empty_list(section, "roomTourLayoutInfos") or is_null(section, "roomTourLayoutInfos")
    rooms = names or (() if without else None)
    return Album(evidence, placed, True, rooms, says_none=is_empty_list(section, "mediaItems"))


def _old_rooms(section: Node) -> tuple[tuple[str, ...], dict[str, int]]:
    """Names of the rooms of an old tour, and the room of every photo number; the first one counts."""
    names: list[str] = []
    room_of: dict[str, int] = {}
    for layout in nodes(section, "roomTourLayoutInfos"):
        for item in nodes(layout, "roomTourItems"):
            name, ids = text(item.get("title")), item.get("imageIds")
            if name is None or _is_left_over(item) or not isinstance(ids, list):
                continue
            names.append(name)
            for number in _known(*map(_image_number, ids)):
                room_of.setdefault(number, len(names) - 1)
    return tuple(names), room_of


def _ambiguous_numbers(shots: Sequence[Shot]) -> set[str | None]:
    """Numbers that different photos go by: they do not say which of them is meant."""
    paths: dict[str | None, set[str]] = {}
    for shot in shots:
        paths.setdefault(shot.image_id, set()).add(_path(shot.url))
    return {number for number, found in paths.items() if len(found) > 1}


def _new_tour(tour: Node, evidence: Evidence) -> Album:
    shots: list[Shot] = []
    names: list[str] = []
    stops = nodes(tour, "stops")
    for stop in stops:
        name = None if _is_left_over(stop) else text(stop.get("name"))
        if name is not None:
            names.append(name)
        room = len(names) - 1 if name is not None else None
        for item in nodes(stop, "items"):
            shot = _new_shot(item.get("image"))
            if shot is not None:
                shots.append(replace(shot, room=room))
    without = bool(stops) and all(is_null(stop, "name") for stop in stops)
    rooms = tuple(names) if names else (() if without else None)
    return Album(evidence, tuple(shots), True, rooms, says_none=is_empty_list(tour, "stops"))


def _is_left_over(stop: Node) -> bool:
    """Whether a stop of a tour is the bin for what belongs to no room ("Additional photos" in any language)."""
    return any(str(stop.get(name) or "").endswith(_LEFT_OVER) for name in ("id", "stopId", "roomId", "anchor"))


def _old_shot(item: Node) -> Shot | None:
    url = full_size(item.get("baseUrl"))
    if url is None or item.get("__typename") == "Video":
        return None
    number = _image_number(item.get("id"))
    metadata = node(item, "imageMetadata")
    return Shot(
        url=url,
        ids=_known(number),
        image_id=number,
        caption=text(metadata.get("caption")) or text(metadata.get("localizedCaption")),
        label=text(item.get("accessibilityLabel")),
    )


def _new_shot(image: object) -> Shot | None:
    url = full_size(child(image, "uri"))
    if url is None:
        return None
    number, entity = _image_number(child(image, "imageId")), _entity_number(child(image, "id"))
    tags = [name for tag in nodes(image, "tags") if (name := text(tag.get("name"))) is not None]
    return Shot(
        url=url,
        ids=_known(number, entity),
        image_id=number or entity,
        caption=text(child(image, "caption")),
        label=text(child(image, "altText")) or ", ".join(dict.fromkeys(tags)) or None,
    )


def _known(*numbers: str | None) -> frozenset[str]:
    return frozenset(number for number in numbers if number is not None)


def _image_number(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) and _IMAGE_NUMBER.fullmatch(value) else None


def _entity_number(value: object) -> str | None:
    if not isinstance(value, str) or len(value) > 200:
        return None
    try:
        decoded = base64.b64decode(value, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    found = _IMAGE_ENTITY.fullmatch(decoded)
    return found[1] if found else None


def with_copies(gallery: Gallery, shown: Iterable[Album]) -> Gallery:
    """The gallery with the copies that lie beside a saved page, which only its DOM knows."""
    copies = {_path(shot.url): shot.saved_as for album in shown for shot in album.shots if shot.saved_as}
    photos = tuple(replace(p, saved_as=p.saved_as or copies.get(_path(p.url))) for p in gallery.photos)
    return replace(gallery, photos=photos)
