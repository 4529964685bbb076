"""Which photos should stand in a set? The study that chose the strides, with what it could not see.

Strategies: five photos one after another, and five photos a stride of n/5 to n/40 apart, for a room's n photos.
Similarity is the mean cosine between embeddings of all pairs of a set, diversity 1 minus that. Similar is not
the same as overlapping: where depth is known, co-visibility tells which share of a photo's points another sees.

Embedding: the encoder of this project's eye (means of its two deepest levels, the mean over all photos taken
away). The original asked CLIP ViT-B/32, whose weights this project does not bring.
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.distill.data.made import HELD_OUT_SEED, scene_of
from pipeline.distill.data.sampling import VIEWS, strided_set
from pipeline.distill.data.scannetpp import find_rooms, photos_of
from pipeline.distill.data.scenes import Truth
from pipeline.distill.rooms import Camera, random_room
from pipeline.distill.studies.reports import Row, write_report

#: strategy and what the number of photos is divided by for its stride; None: neighbours
STRATEGIES: Final[dict[str, int | None]] = {
    "sequential": None,
    "gap5": 5,
    "gap10": 10,
    "gap20": 20,
    "gap30": 30,
    "gap40": 40,
}
#: a point that another photo sees lies within this share of the depth that it has there
_SAME_DEPTH: Final = 0.05
#: size at which photos are embedded, pixels
_SIZE_PX: Final = (112, 84)
#: metres that half a turn of the head is worth, where cameras are put in a row
_TURN_M: Final = 2.0
_STEP_PX: Final = 2


def stride_of(strategy: str, photos: int) -> int:
    """Photos from one of a set to the next.

    Raises:
        ValueError: no such strategy.
    """
    if strategy not in STRATEGIES:
        raise ValueError(f"unknown strategy {strategy!r}; known are {', '.join(STRATEGIES)}")
    part = STRATEGIES[strategy]
    return 1 if part is None else max(1, photos // part)


def overlap_study(
    folder: Path,
    *,
    scannetpp: Path | None = None,
    made: int = 0,
    photos: int = 60,
    sets: int = 10,
    seed: int = 0,
    report: Callable[[str], None] = lambda line: None,
) -> Path:
    """Compare the strategies and write ``overlap.md``.

    Args:
        folder: gets the report.
        scannetpp: rooms of ScanNet++: those with the fewest, a middle number of and the most photos.
        made: how many made rooms, with true co-visibility.
        photos: cameras in each of these, in an order in which one could walk past them.
        sets: random sets of each strategy and room.
        seed: of the sets.

    Raises:
        ValueError: neither rooms nor made rooms were asked for, or too few photos.
        DataError: no rooms there.
    """
    if scannetpp is None and made < 1:
        raise ValueError("give a folder of ScanNet++, or a number of made rooms")
    rows: list[Row] = []
    for name, pictures in _photographed(scannetpp):
        rows += _rows(name, _embedded(pictures), None, sets, seed)
        report(name)
    for number in range(made):
        images, truth = walk(HELD_OUT_SEED + number, photos)
        rows += _rows(f"made{number}", _embedded(images), truth, sets, seed)
        report(f"made{number}")
    summary = [_mean(strategy, rows) for strategy in STRATEGIES]
    return write_report(
        folder,
        "overlap",
        "Means over rooms and sets of each strategy.",
        summary,
        sets=sets,
        seed=seed,
        all_sets=rows,
    )


def _photographed(root: Path | None) -> list[tuple[str, list[np.ndarray]]]:
    if root is None:
        return []
    rooms = sorted(
        ((name, photos_of(folder)) for name, folder in find_rooms(root).items()), key=lambda r: len(r[1])
    )
    chosen = dict((rooms[0], rooms[len(rooms) // 2], rooms[-1]))
    return [(name, [_read(file) for file in files]) for name, files in chosen.items()]


def _read(file: Path) -> np.ndarray:
    picture = cv2.imread(str(file), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"{file} cannot be read")
    return picture[..., ::-1]


def walk(seed: int, photos: int, width_px: int = 64, height_px: int = 48) -> tuple[list[np.ndarray], Truth]:
    """Pictures of a made room, each camera the nearest that is left to the one before, and their truth.

    Raises:
        ValueError: too few photos for a set.
    """
    if photos < VIEWS:
        raise ValueError(f"{photos} photos are fewer than a set of {VIEWS}")
    room = random_room(seed)
    left = [camera for camera, _ in zip(room.cameras(width_px, height_px), range(photos), strict=False)]
    row = [left.pop(0)]
    while left:
        row.append(left.pop(int(np.argmin([_apart(row[-1], camera) for camera in left]))))
    scene = scene_of([room.view(camera, number) for number, camera in enumerate(row)], f"made{seed}")
    if scene.truth is None:
        raise ValueError("a made room has no truth")
    return list(scene.images.numpy()), scene.truth


def _apart(a: Camera, b: Camera) -> float:
    """Distance of places plus what the turn between the directions is worth."""
    one, two = a.world_from_camera, b.world_from_camera
    turn = np.arccos(np.clip(one[:3, 2] @ two[:3, 2], -1, 1)) / np.pi
    return float(np.linalg.norm(one[:3, 3] - two[:3, 3]) + _TURN_M * turn)


@torch.no_grad()
def _embedded(pictures: Sequence[np.ndarray]) -> Float[np.ndarray, "N D"]:
    """Unit vectors that say what photos look like beside the others of their room."""
    from models.eye import Eye

    eye = Eye.from_pretrained()
    kept: list[Tensor] = []
    handles = [level.register_forward_hook(lambda _m, _a, out: kept.append(out)) for level in eye.level[-2:]]
    vectors = []
    for picture in pictures:
        small = cv2.resize(np.ascontiguousarray(picture), _SIZE_PX, interpolation=cv2.INTER_AREA)
        kept.clear()
        eye.lens_of(torch.from_numpy(small).permute(2, 0, 1)[None].float() / 127.5 - 1)
        vectors.append(torch.cat([out.float().mean(dim=(0, 2, 3)) for out in kept]).numpy())
    for handle in handles:
        handle.remove()
    centred = np.stack(vectors) - np.mean(vectors, axis=0)
    unit: Float[np.ndarray, "N D"] = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    return unit


def _rows(room: str, vectors: Float[np.ndarray, "N D"], truth: Truth | None, sets: int, seed: int) -> list[Row]:
    rows = []
    for strategy in STRATEGIES:
        rng = np.random.default_rng([seed, len(strategy), STRATEGIES[strategy] or 1])
        stride = stride_of(strategy, len(vectors))
        last = len(vectors) - (VIEWS - 1) * stride
        for number in range(sets if last > 0 else 0):
            chosen = strided_set(len(vectors), stride, int(rng.integers(last)))
            cosine = np.mean([vectors[a] @ vectors[b] for a, b in combinations(chosen, 2)])
            row: Row = {"room": room, "strategy": strategy, "set": number, "avg_similarity": float(cosine)}
            row["diversity"] = 1 - row["avg_similarity"]
            if truth is not None:
                seen = co_visibility(truth.ordered(chosen))
                row |= {
                    "co_visible": float(seen.mean()),
                    "alone": float((seen.max(dim=1).values < 0.1).float().mean()),
                }
            rows.append(row)
    return rows


def co_visibility(truth: Truth) -> Float[Tensor, "V V-1"]:
    """For each view, the share of its points that each other view sees: framed, and nothing before them."""
    shares = []
    height, width = truth.valid.shape[1:]
    local = truth.local
    for i in range(len(local)):
        points = truth.points[i, ::_STEP_PX, ::_STEP_PX][truth.valid[i, ::_STEP_PX, ::_STEP_PX]]
        row = []
        for j in range(len(local)):
            if i == j:
                continue
            pose = truth.world_from_camera[j]
            at = (points - pose[:3, 3]) @ pose[:3, :3]
            pixel = at @ truth.K[j].T
            u, v = (pixel[:, :2] / pixel[:, 2:].clamp(min=1e-6)).round().long().unbind(dim=1)
            framed = (at[:, 2] > 0) & (u >= 0) & (u < width) & (v >= 0) & (v < height)
            there = local[j, v.clamp(0, height - 1), u.clamp(0, width - 1), 2]
            row.append(float((framed & ((there - at[:, 2]).abs() < _SAME_DEPTH * there)).float().mean()))
        shares.append(row)
    return torch.tensor(shares)


def _mean(strategy: str, rows: list[Row]) -> Row:
    mine = [row for row in rows if row["strategy"] == strategy]
    names = [
        name for name in ("avg_similarity", "diversity", "co_visible", "alone") if any(name in r for r in mine)
    ]
    means = {name: float(np.mean([row[name] for row in mine if name in row])) for name in names}
    return {"strategy": strategy, "sets": len(mine)} | means
