"""Random draws of photos of a room, reconstructed and measured, beside the true size."""

import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from benchmarks.sizes.truth import TrueSize, found_by_true
from pipeline.progress import Progress
from pipeline.rooms import backends
from pipeline.rooms.photos import RoomPhoto, find_lenses
from pipeline.rooms.scene import PointMaps
from pipeline.rooms.scene.errors import RoomError
from pipeline.rooms.sizes import RoomMeasure, measure_room

_FILE = "draw.json"


@dataclass(frozen=True)
class Drawn:
    """One reconstructed part of a draw.

    Attributes:
        measure: what its photos tell.
        true_m: true extent along each axis of its frame, where known.
        focal_35mm: true focal length of each photo.
    """

    measure: RoomMeasure
    true_m: dict[int, float]
    focal_35mm: dict[str, float]

    def save(self, folder: Path) -> None:
        """Write it into ``folder``."""
        folder.mkdir(parents=True)
        self.measure.save(folder)
        true = {str(axis): value for axis, value in self.true_m.items()}
        (folder / _FILE).write_text(json.dumps([true, self.focal_35mm]), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote."""
        true, focal = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return cls(RoomMeasure.load(folder), {int(axis): value for axis, value in true.items()}, focal)


def kept_draws(keep: Path, name: str) -> list[Drawn]:
    """The draws of a set that were kept."""
    return [Drawn.load(path.parent) for path in sorted((keep / slug(name)).glob(f"*/{_FILE}"))]


def slug(name: str) -> str:
    """A set's name as the name of a folder."""
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")


def draw(name: str, truth: TrueSize, draws: int, most: int, seed: int, keep: Path) -> None:
    """Reconstruct draws of 1 to ``most`` photos of a set; those that are kept already are passed over."""
    dice = np.random.default_rng(seed)
    for number in range(draws):
        count = min(1 + number % most, len(truth.photos))
        picked = sorted(dice.permutation(len(truth.photos))[:count])
        folder = keep / slug(name)
        label = f"{seed}-{number}-{count}"
        done = folder / f"{label}.done"
        if done.is_file():
            continue
        photos = [truth.photos[index] for index in picked]
        for part, (maps, lenses) in enumerate(_parts(photos, seed)):
            add(folder / f"{label}-{part}", maps, lenses, truth)
        folder.mkdir(parents=True, exist_ok=True)
        done.write_text(json.dumps([photo.photo_id for photo in photos]), encoding="utf-8")


def add(folder: Path, maps: PointMaps, lenses: dict[str, tuple[float, bool]], truth: TrueSize) -> None:
    """Measure one reconstructed part and keep it beside its truth."""
    focal = {
        view.photo_id: truth.focal_35mm[view.photo_id]
        for view in maps.views
        if view.photo_id in truth.focal_35mm
    }
    Drawn(measure_room(maps, lenses), found_by_true(maps, truth), focal).save(folder)


def _parts(photos: list[RoomPhoto], seed: int) -> Iterator[tuple[PointMaps, dict[str, Any]]]:
    """Photos that are placed together as one part, the others each by itself."""
    photos = find_lenses(photos).applied(photos)
    zoom = {p.photo_id: p.lens.zoom(p.width_px, p.height_px) if p.lens else 1.0 for p in photos}
    lenses = {p.photo_id: (zoom[p.photo_id], p.focal_px is not None) for p in photos}
    backend, rest = backends.DEFAULT(seed), list(photos)
    while len(rest) > 1:
        try:
            with tempfile.TemporaryDirectory() as work:
                cameras = backend.cameras(rest, Path(work), Progress())
            maps = backend.point_maps(rest, cameras, Progress())
        except RoomError:
            break
        yield maps, lenses
        placed = {view.photo_id for view in maps.views}
        rest = [photo for photo in rest if photo.photo_id not in placed]
    alone = backends.LAST_RESORT(seed)
    for photo in rest:
        yield alone.point_maps([photo], None, Progress()), lenses
