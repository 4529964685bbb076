"""ScanNet++ (Yeshwanth et al., ICCV 2023) to shards that are read from disk as they are needed.

Read: every folder ``ROOM/dslr/resized_undistorted_images`` at any depth below the data set.
Written, below the folder that was asked for::

    settings.json     {"version", "width_px", "height_px", "views"}
    rooms/ROOM.npy    uint8 (sets, 5, 192, 256, 3), RGB: the pictures of all sets of a room
    rooms/ROOM.json   {"room", "photos": [file names], "sets": [[five positions], ...], "left_out": [...]}

A room is done once its ``.json`` is there, and is not read again: a stopped run goes on with the next room.
A shard holds one room and nothing of another.
"""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from jaxtyping import UInt8

from pipeline.distill.data.sampling import LEAST_PHOTOS, VIEWS, sets_of_five
from pipeline.distill.data.scenes import HEIGHT_PX, WIDTH_PX, Scene

IMAGES = Path("dslr") / "resized_undistorted_images"
SUFFIXES = (".jpg", ".jpeg", ".png")
_VERSION = 1
_READERS = 4


class DataError(Exception):
    """Photos or shards cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Prepared:
    """What a run of :func:`prepare` did: rooms done now, before, with too few photos; sets in all; problems."""

    done: int
    before: int
    too_few: int
    sets: int
    problems: tuple[str, ...]


def find_rooms(root: Path) -> dict[str, Path]:
    """Name of each room and the folder of its photos.

    Raises:
        DataError: there are none.
    """
    found = {folder.parents[1].name: folder for folder in sorted(root.rglob(str(IMAGES))) if folder.is_dir()}
    if not found:
        raise DataError(
            f"{root} has no folder .../{IMAGES}. Fetch ScanNet++ with its DSLR photos "
            "(resized_undistorted_images) and give the folder that holds its data"
        )
    return found


def photos_of(folder: Path) -> list[Path]:
    """Photos sorted by their number."""
    photos = (path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    return sorted(photos, key=lambda path: ([int(n) for n in re.findall(r"\d+", path.stem)], path.name))


def prepare(
    root: Path, out: Path, *, most_rooms: int = 0, report: Callable[[str], None] = lambda line: None
) -> Prepared:
    """Write the shards of all rooms that have none yet.

    Args:
        root: the data set.
        out: gets the shards.
        most_rooms: stop after so many new rooms; 0: all.
        report: told each room.

    Raises:
        DataError: no rooms, or ``out`` holds shards of other settings.
    """
    rooms = find_rooms(root)
    shards = out / "rooms"
    shards.mkdir(parents=True, exist_ok=True)
    _settle(out)
    done, before, too_few, problems = 0, 0, 0, list[str]()
    for room, folder in rooms.items():
        if (shards / f"{room}.json").is_file():
            before += 1
            continue
        photos = photos_of(folder)
        if len(photos) < LEAST_PHOTOS:
            too_few += 1
            continue
        if most_rooms and done == most_rooms:
            break
        left_out = _write_room(room, photos, shards)
        problems += [f"{room}: {_names(photos, chosen)} left out, one cannot be read" for chosen in left_out]
        done += 1
        report(f"{room}: {len(photos)} photos")
    return Prepared(done, before, too_few, len(PreparedScenes.open(out, empty=True)), tuple(problems))


def _names(photos: list[Path], chosen: tuple[int, ...]) -> str:
    return ", ".join(photos[k].name for k in chosen)


def _settle(out: Path) -> None:
    wanted = {"version": _VERSION, "width_px": WIDTH_PX, "height_px": HEIGHT_PX, "views": VIEWS}
    file = out / "settings.json"
    if file.is_file() and json.loads(file.read_text(encoding="utf-8")) != wanted:
        raise DataError(f"{out} holds shards of other settings; choose an empty folder")
    _write(file, json.dumps(wanted).encode())


def _write_room(room: str, photos: list[Path], shards: Path) -> list[tuple[int, ...]]:
    """Write a room's shard, then its index; the sets that were left out."""
    chosen = sets_of_five(len(photos))
    kept, left_out, pictures = [], [], []
    with ThreadPoolExecutor(_READERS) as pool:
        for positions in chosen:
            read = list(pool.map(_read, [photos[position] for position in positions]))
            whole = [picture for picture in read if picture is not None]
            if len(whole) < len(read):
                left_out.append(positions)
                continue
            kept.append(positions)
            pictures.append(np.stack(whole))
    array = np.stack(pictures) if pictures else np.zeros((0, VIEWS, HEIGHT_PX, WIDTH_PX, 3), np.uint8)
    partial = shards / f"{room}.npy.part"
    with partial.open("wb") as file:
        np.save(file, array)
    partial.replace(shards / f"{room}.npy")
    index = {"room": room, "photos": [path.name for path in photos], "sets": kept, "left_out": left_out}
    _write(shards / f"{room}.json", json.dumps(index).encode())
    return left_out


def _write(file: Path, content: bytes) -> None:
    partial = file.with_name(f"{file.name}.part")
    partial.write_bytes(content)
    partial.replace(file)


def _read(path: Path) -> UInt8[np.ndarray, "H W 3"] | None:
    """A photo at the size of the training, straight to 4:3 as the original does; ``None`` if it is broken."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        return None
    small: UInt8[np.ndarray, "H W 3"] = cv2.resize(picture, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA)
    return small[..., ::-1]


@dataclass(frozen=True)
class PreparedScenes:
    """The sets of some rooms; pictures are read from disk one set at a time.

    Attributes:
        folder: that :func:`prepare` wrote.
        index: room and number of each set.
    """

    folder: Path
    index: tuple[tuple[str, int], ...]

    @classmethod
    def open(cls, folder: Path, *, empty: bool = False) -> "PreparedScenes":
        """All sets of a folder.

        Raises:
            DataError: it holds none (unless ``empty`` is allowed).
        """
        index = [(str(room["room"]), k) for room in _indices(folder) for k in range(len(room["sets"]))]
        if not index and not empty:
            raise DataError(f"{folder} holds no sets; run python -m pipeline.distill prepare first")
        return cls(folder, tuple(index))

    def split(self, sets: int, seed: int = 0) -> tuple["PreparedScenes", "PreparedScenes"]:
        """Sets to train on, and at least ``sets`` to measure with, of whole rooms: no room is in both.

        Raises:
            DataError: no room would be left to train on.
        """
        rooms = sorted({room for room, _ in self.index})
        order = [rooms[k] for k in np.random.default_rng(seed).permutation(len(rooms))]
        held: set[str] = set()
        while len(held) < len(rooms) and sum(room in held for room, _ in self.index) < sets:
            held.add(order[len(held)])
        if len(held) == len(rooms):
            raise DataError(
                f"{self.folder} holds {len(rooms)} rooms; holding {sets} sets out leaves none of them"
            )
        kept, out = (
            tuple(entry for entry in self.index if (entry[0] in held) == wanted) for wanted in (False, True)
        )
        return PreparedScenes(self.folder, kept), PreparedScenes(self.folder, out)

    def __len__(self) -> int:
        return len(self.index)

    def scene(self, number: int) -> Scene:
        """One set."""
        room, k = self.index[number]
        shard = np.load(self.folder / "rooms" / f"{room}.npy", mmap_mode="r")
        return Scene(f"{room}_{k}", room, torch.from_numpy(np.array(shard[k])))


def _indices(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted((folder / "rooms").glob("*.json")):
        index = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(index, dict) and {"room", "sets"} <= set(index):
            yield index
