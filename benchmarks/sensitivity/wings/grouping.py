"""Photos of both rooms of the demo, in one heap: which of them are said to show the same room."""

from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.sensitivity.demo import DemoPhoto, demo_photo
from benchmarks.sensitivity.part import Figures, Part
from pipeline.rooms.grouping import GroupingSettings, group_photos

_SHOWN = (("living-room", 0), ("living-room", 1), ("living-room", 2), ("bedroom", 0), ("bedroom", 1))
_SETTINGS = GroupingSettings(max_px=400, max_features=500)


def _photos() -> list[DemoPhoto]:
    return [demo_photo(*which) for which in _SHOWN]


def _grouped(photos: list[DemoPhoto]) -> Figures:
    with TemporaryDirectory() as folder:
        found = group_photos([one.photo for one in photos], Path(folder), _SETTINGS)
    group = {name: number for number, names in enumerate(found.groups) for name in names}
    right = [
        (group.get(a.photo.photo_id, -1) == group.get(b.photo.photo_id, -2)) == (a.room == b.room)
        for a, b in combinations(photos, 2)
    ]
    scores = {True: [-1.0], False: [-1.0]}
    rooms = {one.photo.photo_id: one.room for one in photos}
    for edge in found.edges:
        scores[rooms[edge.evidence.a] == rooms[edge.evidence.b]].append(edge.evidence.score)
    return {
        "pairs right": float(np.mean(right)),
        "margin of scores": float(np.median(scores[True]) - max(scores[False])),
    }


PARTS = (
    Part(
        "heap",
        f"{len(_SHOWN)} photos of the demo's two rooms, 400 px",
        _photos,
        _grouped,
        {"pairs right": False, "margin of scores": False},
        ("pipeline.rooms.grouping.process", "pipeline.rooms.grouping.pair_evidence"),
    ),
)
