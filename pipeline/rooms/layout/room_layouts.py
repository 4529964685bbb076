"""The layouts of all photos of a room as one stored result."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from pipeline.progress import Progress
from pipeline.rooms.layout.backends import Geometric, LayoutBackend
from pipeline.rooms.layout.layout import Layout, LayoutBox, NoLayout
from pipeline.rooms.scene import LearnedModelFailed, PointMaps

_FILE: Final = "layouts.json"
#: colours of the classes 0 (none) to 5 in the written class maps, levels of 255; by definition
_PALETTE: Final = (0, 0, 0, 225, 190, 110, 95, 150, 200, 200, 110, 130, 120, 170, 120, 190, 190, 200)


@dataclass(frozen=True)
class RoomLayouts:
    """Layouts by photo.

    Attributes:
        layouts: photo id to its layout, or to why it has none.
        backend: that found them, ``why`` that one.
        box_low, box_high: corners of the room in the room frame, ``None`` where no box was found.
    """

    layouts: dict[str, Layout | NoLayout]
    backend: str
    why: str
    box_low: Float[np.ndarray, "3"] | None = None
    box_high: Float[np.ndarray, "3"] | None = None

    @property
    def box(self) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]] | None:
        """Both corners, ``None`` without a box."""
        return None if self.box_low is None or self.box_high is None else (self.box_low, self.box_high)

    def save(self, folder: Path) -> None:
        """Write ``layouts.json`` and a class map (indexed PNG) for each layout."""
        rows = []
        for index, (photo_id, found) in enumerate(self.layouts.items()):
            layout = found if isinstance(found, Layout) else found.guess
            row: dict[str, Any] = {"photo_id": photo_id, "reason": None, "picture": None, "backend": None}
            if isinstance(found, NoLayout):
                row |= {"reason": found.reason, "looked": found.backend}
            if layout is not None:
                row |= _row(layout)
                row["picture"] = f"layout_{index + 1:02d}.png"
                _write(layout.classes, folder / row["picture"])
            rows.append(row)
        corners = {
            name: None if v is None else v.tolist()
            for name, v in (("low", self.box_low), ("high", self.box_high))
        }
        head = {"backend": self.backend, "why": self.why, "box": corners, "photos": rows}
        (folder / _FILE).write_text(json.dumps(head, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote."""
        head = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        low, high = (None if v is None else np.array(v) for v in (head["box"]["low"], head["box"]["high"]))
        layouts = {row["photo_id"]: _found(row, folder) for row in head["photos"]}
        return cls(layouts, head["backend"], head["why"], low, high)


def find_layouts(
    maps: PointMaps, backend: LayoutBackend, why: str, progress: Progress | None = None
) -> RoomLayouts:
    """Layouts of all views; the geometric backend finds one box for all, others look at each photo by itself.

    A learned backend that fails is replaced by the geometric one, and ``why`` says so.
    """
    from pipeline.rooms.layout.whole_room import room_layouts

    progress = progress or Progress()
    if backend.name != Geometric.name:
        try:
            return _one_by_one(maps, backend, why, progress)
        except LearnedModelFailed as failure:
            why = f"{backend.name} failed: {failure.message} {Geometric.name} stands in"
    box, found = room_layouts(maps, progress)
    layouts = {view.photo_id: layout for view, layout in zip(maps.views, found, strict=True)}
    return RoomLayouts(layouts, Geometric.name, why, box.low if box else None, box.high if box else None)


def _one_by_one(maps: PointMaps, backend: LayoutBackend, why: str, progress: Progress) -> RoomLayouts:
    layouts = {}
    for index, view in enumerate(maps.views):
        part = progress.part(index / len(maps.views), (index + 1) / len(maps.views))
        layouts[view.photo_id] = backend.estimate(view.image, float(view.K[0, 0]), part)
    return RoomLayouts(layouts, backend.name, why)


def _row(layout: Layout) -> dict[str, Any]:
    box = layout.box
    return {
        "backend": layout.backend,
        "confidence": layout.confidence,
        "why": layout.why,
        "homography": None if layout.homography is None else layout.homography.tolist(),
        "polygons": {number: outline.tolist() for number, outline in layout.polygons().items()},
        "box": None
        if box is None
        else {
            "camera_from_room": box.camera_from_room.tolist(),
            "K": box.K.tolist(),
            "distance_m": box.distance_m.tolist(),
            "seen": box.seen,
            "scale_sigma": box.scale_sigma,
        },
    }


def _found(row: dict[str, Any], folder: Path) -> Layout | NoLayout:
    layout = None
    if row["picture"] is not None:
        with Image.open(folder / row["picture"]) as picture:
            classes = np.asarray(picture)
        homography = None if row["homography"] is None else np.array(row["homography"])
        layout = Layout(classes, row["confidence"], homography, _box(row["box"]), row["backend"], row["why"])
    if row["reason"] is not None:
        looked = row.get("looked", row["backend"])
        return NoLayout(row["reason"], looked, layout)
    if layout is None:
        raise ValueError(f"{folder / _FILE}: photo {row['photo_id']} has neither a layout nor a reason")
    return layout


def _box(row: dict[str, Any] | None) -> LayoutBox | None:
    if row is None:
        return None
    arrays = {name: np.array(row[name]) for name in ("camera_from_room", "K", "distance_m")}
    return LayoutBox(**arrays, seen=tuple(row["seen"]), scale_sigma=row["scale_sigma"])


def _write(classes: UInt8[np.ndarray, "H W"], path: Path) -> None:
    picture = Image.fromarray(classes)
    picture.putpalette(_PALETTE)
    picture.save(path)
