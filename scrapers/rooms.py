"""Which photos of a folder show which room: by ``rooms.json``, else by sub-folder, else all together."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scrapers.errors import BadRoomsFile, SourceNotFound
from scrapers.listing import Problem, RoomPhotos

ROOMS_FILE, SUBSETS_FILE = "rooms.json", "subsets.json"
#: folders that are named after what they hold, not after a room
_NOT_ROOMS = frozenset(
    (
        *("images", "image", "img", "imgs", "photos", "photo", "pictures", "pics", "frames", "views"),
        *("rgb", "color", "colour", "jpg", "jpeg", "png", "heic", "dcim"),
        *(
            "listing",
            "listings",
            "listing_photos",
            "listing photos",
            "media",
            "fotos",
            "foto",
            "bilder",
            "사진",
            "写真",
        ),
    )
)
#: a folder called after the number of a listing
_NUMBER = re.compile(r"(?:listing[_ -]?)?\d{5,20}", re.IGNORECASE)
_LOOSE, _LOOSE_BESIDE_ROOMS = "Photos", "Other photos"
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Room:
    """A room by the names of its photos (POSIX paths relative to the folder)."""

    name: str
    photos: tuple[str, ...]
    named: bool = True


def natural_key(name: str) -> tuple[object, ...]:
    """Sort key that puts ``2.jpg`` before ``10.jpg``, folder by folder."""
    return tuple(
        tuple(
            (0, int(piece), "") if piece.isdecimal() else (1, 0, piece)
            for piece in _DIGITS.split(part.casefold())
        )
        for part in PurePosixPath(name).parts
    )


def read_name_lists(path: Path) -> dict[str, tuple[str, ...]]:
    """A JSON object from a name to a list of names, as in ``rooms.json`` and ``subsets.json``.

    Raises:
        BadRoomsFile: if the file says anything else.
    """
    example = 'Write it like {"Living room": ["a.jpg", "b.jpg"], "Bedroom": ["c.jpg"]}.'
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        json.dumps(document, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise BadRoomsFile(f"{path.name} is not valid JSON in UTF-8: {error}.", example) from error
    if not isinstance(document, dict):
        raise BadRoomsFile(f"{path.name} is not an object that maps names to lists.", example)
    for name, files in document.items():
        if not name.strip():
            raise BadRoomsFile(f"{path.name} has an entry without a name.", example)
        if not isinstance(files, list) or not all(isinstance(file, str) for file in files):
            raise BadRoomsFile(f"{path.name}: the entry {name!r} is not a list of file names.", example)
    return {name: tuple(files) for name, files in document.items()}


def read_subset(root: Path, subset: str) -> tuple[str, ...]:
    """The photo names of one entry of the folder's ``subsets.json``.

    Raises:
        SourceNotFound: if there is no such file or entry.
        BadRoomsFile: if the file cannot be read.
    """
    path = root / SUBSETS_FILE
    if not path.is_file():
        raise SourceNotFound(
            f"{str(root)!r} has no subset {subset!r}: there is no {SUBSETS_FILE} in it.",
            f"Leave '#{subset}' away to take all photos.",
        )
    subsets = read_name_lists(path)
    if subset not in subsets:
        raise SourceNotFound(
            f"{SUBSETS_FILE} has no entry {subset!r}.", f"It has: {', '.join(subsets) or 'none at all'}."
        )
    return subsets[subset]


def select(names: Sequence[str], wanted: Iterable[str]) -> tuple[list[str], list[str]]:
    """Those of ``names`` that are wanted, and those wanted that are not there.

    A photo may be wanted by its path, its file name, or its file name without suffix.
    """
    left = {_normal(name) for name in wanted}
    used: set[str] = set()
    selected = []
    for name in names:
        path = PurePosixPath(_normal(name))
        if hits := {str(path), path.name, path.stem} & left:
            used |= hits
            selected.append(name)
    return selected, sorted(left - used)


def group_into_rooms(
    names: Sequence[str], usable: Iterable[str], declared: dict[str, tuple[str, ...]]
) -> tuple[list[Room], list[Problem]]:
    """Assign every usable photo to a room.

    Args:
        names: of all photos, relative to the folder, in order.
        usable: those of them that count.
        declared: room name to photo names, from ``rooms.json``.

    Returns:
        The rooms that have photos, declared ones first, loose photos last; and a problem for every declared
        photo that is not there.
    """
    wanted = set(usable)
    rooms, problems = _declared_rooms(names, declared)
    placed = {name for photos in rooms.values() for name in photos}
    loose = []
    for name in names:
        folder = _room_folder(name)
        if name in placed:
            continue
        if folder is not None:
            rooms.setdefault(folder, []).append(name)
        elif name in wanted:
            loose.append(name)
    kept = {room: tuple(name for name in photos if name in wanted) for room, photos in rooms.items()}
    grouped = [Room(room, photos) for room, photos in kept.items() if photos]
    if loose:
        grouped.append(Room(_LOOSE_BESIDE_ROOMS if grouped else _LOOSE, tuple(loose), named=False))
    return grouped, problems


def _declared_rooms(
    names: Sequence[str], declared: dict[str, tuple[str, ...]]
) -> tuple[dict[str, list[str]], list[Problem]]:
    by_normal_name = {_normal(name): name for name in names}
    rooms: dict[str, list[str]] = {}
    problems = []
    for room, files in declared.items():
        for file in files:
            name = by_normal_name.get(_normal(file))
            if name is None:
                message = f"is named in {ROOMS_FILE} ({room}) but is no photo of the folder"
                problems.append(Problem(subject=file, message=message))
            elif name not in rooms.setdefault(room, []):
                rooms[room].append(name)
    return rooms, problems


def room_photos(rooms: Iterable[Room], id_of: Callable[[str], str | None]) -> tuple[RoomPhotos, ...]:
    """Rooms with the ids of those photos that could be used; rooms without any are left away."""
    result: list[RoomPhotos] = []
    taken: set[str] = set()
    for number, room in enumerate(rooms, 1):
        ids = tuple(dict.fromkeys(i for name in room.photos if (i := id_of(name)) is not None))
        if ids:
            room_id = _free_id(slug(room.name) or f"room-{number}", taken)
            result.append(RoomPhotos(id=room_id, name=room.name, photo_ids=ids, grouped=room.named))
    return tuple(result)


def slug(name: str) -> str:
    """Lower-case ASCII letters, digits and hyphens; empty where the name has none."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _free_id(wanted: str, taken: set[str]) -> str:
    room_id, number = wanted, 2
    while room_id in taken:
        room_id, number = f"{wanted}-{number}", number + 1
    taken.add(room_id)
    return room_id


def _room_folder(name: str) -> str | None:
    """The outermost folder of a photo that can be the name of a room."""
    folders = PurePosixPath(name).parts[:-1]
    return next((f for f in folders if f.casefold() not in _NOT_ROOMS and not _NUMBER.fullmatch(f)), None)


def _normal(name: str) -> str:
    """One spelling for a path: forward slashes, no leading ``./``, composed accents."""
    return str(PurePosixPath(unicodedata.normalize("NFC", name.replace("\\", "/"))))
