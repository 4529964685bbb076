"""Photos of a whole home, grouped into rooms: :func:`group_photos`."""

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from PIL import Image

from pipeline.machine import usable_threads
from pipeline.progress import Progress
from pipeline.rooms.grouping.view_graph import Edge, GraphRules, PairEvidence, build_groups
from pipeline.rooms.photos import RoomPhoto, load_rgb
from pipeline.rooms.processes import ProcessFailed, run_reporting
from pipeline.rooms.scene import UnreadablePhoto

GROUPS_FILE = "groups.json"
#: settings may not be smaller than these, px and count; by definition: below, nothing could be recognised
_LEAST_PX = 64
#: least number of features to ask for, count; by definition: below, nothing could be recognised
_LEAST_FEATURES = 100
#: time that the process takes without any photo, seconds; set by hand, effect not measured
_START_S = 60.0


@dataclass(frozen=True)
class GroupingSettings:
    """Settings of the grouping stage.

    Attributes:
        seed: of every random choice.
        max_px: longer side of the photos that are compared.
        max_features: per photo (spots; a spot with two orientations gives two features).
        partners: photos that each photo is compared with, so that the cost grows with the number of photos.
        max_error_px: from a match to the geometry of its pair.
        min_features: fewer, and the photo shows nothing that could be recognised.
        seconds_per_photo: how long it may take before it counts as stuck.
    """

    seed: int = 0
    max_px: int = 800
    max_features: int = 1500
    partners: int = 20
    max_error_px: float = 3.0
    min_features: int = 16
    seconds_per_photo: float = 30.0

    def __post_init__(self) -> None:
        if self.max_px < _LEAST_PX or self.max_features < _LEAST_FEATURES or self.partners < 1:
            raise ValueError("max_px >= 64, max_features >= 100 and partners >= 1 are needed")


@dataclass(frozen=True)
class PhotoGroups:
    """Which photos show the same room, with the evidence.

    Attributes:
        groups: photo ids, largest group first; a photo that fits no other is a group of its own.
        kept_out: photo id to the reason why it shows no room.
        edges: of the view graph, best first, and what each did.
        features: how many each photo has.
        compared: number of pairs that were matched.
        seed: of the run.
    """

    groups: tuple[tuple[str, ...], ...]
    kept_out: dict[str, str]
    edges: tuple[Edge, ...]
    features: dict[str, int]
    compared: int
    seed: int

    def save(self, folder: Path) -> None:
        """Write ``groups.json`` into ``folder``."""
        edges = [{**edge.evidence.plain(), "role": edge.role} for edge in self.edges]
        document = {**vars(self), "edges": edges}
        (folder / GROUPS_FILE).write_text(json.dumps(document, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote."""
        document = json.loads((folder / GROUPS_FILE).read_text(encoding="utf-8"))
        edges = tuple(Edge(_evidence(entry), entry["role"]) for entry in document.pop("edges"))
        groups = tuple(tuple(group) for group in document.pop("groups"))
        return cls(groups=groups, edges=edges, **document)


def group_photos(
    photos: list[RoomPhoto],
    work_dir: Path,
    settings: GroupingSettings | None = None,
    progress: Progress | None = None,
) -> PhotoGroups:
    """Group the photos of a home into rooms by what they show in common.

    Local features are matched pairwise, each pair is verified by two-view geometry and scored *a contrario*
    (:mod:`pipeline.rooms.grouping.pair_evidence`), and the graph of the pairs falls into rooms
    (:mod:`pipeline.rooms.grouping.view_graph`).

    Args:
        photos: in the order of the listing.
        work_dir: folder for intermediate files (its ``grouping`` sub-folder is emptied and removed).

    Raises:
        ProcessFailed: the process that compares them died or took too long.
    """
    settings, progress = settings or GroupingSettings(), progress or Progress()
    if len({photo.photo_id for photo in photos}) != len(photos):
        raise ValueError("every photo needs an id of its own")
    folder = work_dir / "grouping"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "images").mkdir(parents=True)
    try:
        names, kept_out = _prepare(photos, folder / "images", settings, progress.part(0.0, 0.1))
        found = _compare(list(names), folder, settings, progress.part(0.1, 0.99))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    features = {names[name]: count for name, count in found["features"].items()}
    for photo_id, count in features.items():
        if count < settings.min_features:
            kept_out[photo_id] = "shows nothing that could be recognised: too dark, too blurred or bare"
    pairs = [_evidence({**pair, "a": names[pair["a"]], "b": names[pair["b"]]}) for pair in found["pairs"]]
    kept = [photo.photo_id for photo in photos if photo.photo_id not in kept_out]
    pairs = [pair for pair in pairs if pair.a not in kept_out and pair.b not in kept_out]
    groups, edges = build_groups(kept, pairs, GraphRules())
    progress(1.0, f"{len(kept)} photos in {len(groups)} groups")
    return PhotoGroups(tuple(groups), kept_out, tuple(edges), features, found["compared"], settings.seed)


def _prepare(
    photos: list[RoomPhoto], folder: Path, settings: GroupingSettings, progress: Progress
) -> tuple[dict[str, str], dict[str, str]]:
    """Small copies for the process: file name to photo id; and the photos that cannot be read."""
    names: dict[str, str] = {}
    kept_out: dict[str, str] = {}
    for index, photo in enumerate(photos):
        progress(index / len(photos), f"reading photo {index + 1} of {len(photos)}")
        try:
            image = load_rgb(photo, settings.max_px)
        except UnreadablePhoto as error:
            kept_out[photo.photo_id] = error.message
            continue
        name = f"photo_{index:04d}.png"
        Image.fromarray(image).save(folder / name, compress_level=1)
        names[name] = photo.photo_id
    return names, kept_out


def _compare(names: list[str], folder: Path, settings: GroupingSettings, progress: Progress) -> dict[str, Any]:
    if not names:
        return {"features": {}, "pairs": [], "compared": 0}
    request = {
        "image_dir": str(folder / "images"),
        "images": names,
        "seed": settings.seed,
        "threads": usable_threads(),
        "max_features": settings.max_features,
        "partners": settings.partners,
        "max_error_px": settings.max_error_px,
    }
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
    run_reporting(
        [sys.executable, "-m", "pipeline.rooms.grouping.process", str(folder / "request.json")],
        progress,
        _START_S + settings.seconds_per_photo * len(names),
    )
    result = folder / "pairs.json"
    if not result.is_file():
        raise ProcessFailed(
            "The photos could not be compared.", "Try again, or sort them into folders by room."
        )
    found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return found


def _evidence(entry: dict[str, Any]) -> PairEvidence:
    fields = {name: value for name, value in entry.items() if name != "role"}
    return PairEvidence(**{**fields, "extent": tuple(fields["extent"])})
