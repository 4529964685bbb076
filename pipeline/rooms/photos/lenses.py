"""Borders and lenses of a room's photos, found once at the start: every stage then reads straight photos."""

import json
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Self

from pipeline.left_out import LeftOut, all_as_plain, all_from_plain
from pipeline.progress import Progress
from pipeline.rooms.photos.arcs import find_arcs
from pipeline.rooms.photos.borders import look_round, without_borders
from pipeline.rooms.photos.frames import Cut
from pipeline.rooms.photos.lens import Lens
from pipeline.rooms.photos.lens_votes import Evidence, weigh
from pipeline.rooms.photos.room_photo import RoomPhoto, load_rgb, working_size
from pipeline.rooms.scene import UnreadablePhoto
from pipeline.wording import counted

#: longer side of the photos that edges are found in, px; bent copies of the data (closing note of stop 10) were
#: recovered to within .003 at this size, others not tried
_MAX_PX = 1024
#: share of the progress that looking for borders takes, share; about its share of the time
_ROUND = 0.2


@dataclass(frozen=True)
class LensGroup:
    """Photos taken with one lens: of one camera, focal length and size (in either orientation).

    Attributes:
        photo_ids: of them.
        evidence: what their edges say, ``None`` where too few tell anything.
        opposed: those whose own edges say that their lens is another one; they stay as they are.
    """

    photo_ids: tuple[str, ...]
    evidence: Evidence | None
    opposed: tuple[str, ...] = ()

    @property
    def lens(self) -> Lens | None:
        """The lens, ``None`` where its photos may as well be straight: then they stay as they are."""
        return self.evidence.lens() if self.evidence else None

    @property
    def note(self) -> str:
        """What was found, for people."""
        photos = counted(len(self.photo_ids), "photo")
        if self.evidence is None:
            return f"lens of {photos}: too few long edges to tell its distortion; left as it is"
        found = self.evidence
        seen = f"{found.radial:+.3f} ± {found.sigma:.3f} by {found.curves:.0f} long edges"
        if self.lens is None:
            return f"lens of {photos}: no certain distortion (radial {seen}); left as it is"
        but = f", but for {len(self.opposed)} whose edges say otherwise" if self.opposed else ""
        return f"lens of {photos}: {found.model} distortion {seen}; straightened before all else{but}"


@dataclass(frozen=True)
class Lenses:
    """The lenses of a room's photos, and what was round them.

    Attributes:
        groups: photos by their lens.
        framed: what is cut off photos that had borders.
        left_out: files that are no photos, and why.
    """

    groups: tuple[LensGroup, ...]
    framed: dict[str, Cut] = field(default_factory=dict)
    left_out: dict[str, LeftOut] = field(default_factory=dict)

    def notes_of(self, photo_ids: Sequence[str]) -> tuple[str, ...]:
        """What is to be said about the lenses and borders of these photos."""
        said = tuple(group.note for group in self.groups if set(group.photo_ids) & set(photo_ids))
        framed = len(set(self.framed) & set(photo_ids))
        return (*said, f"borders were cut off {counted(framed, 'photo')}") if framed else said

    def applied(self, photos: Sequence[RoomPhoto]) -> list[RoomPhoto]:
        """The photos without borders and with their lenses, as :func:`load_rgb` reads them; no collages."""
        lens = {p: group.lens for group in self.groups for p in group.photo_ids if p not in group.opposed}
        whole = without_borders(photos, self.framed, self.left_out)
        return [_with_lens(photo, lens.get(photo.photo_id)) for photo in whole]

    def save(self, folder: Path) -> None:
        """Write ``lenses.json`` into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        groups = [{**asdict(group), "straightened": group.lens is not None} for group in self.groups]
        framed = {photo_id: asdict(cut) for photo_id, cut in self.framed.items()}
        document = {"groups": groups, "framed": framed, "left_out": all_as_plain(self.left_out)}
        (folder / "lenses.json").write_text(json.dumps(document, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote."""
        document = json.loads((folder / "lenses.json").read_text(encoding="utf-8"))
        groups = []
        for entry in document["groups"]:
            kept = entry["evidence"]
            evidence = Evidence(**{**kept, "photo_gains": tuple(kept["photo_gains"])}) if kept else None
            groups.append(LensGroup(tuple(entry["photo_ids"]), evidence, tuple(entry["opposed"])))
        framed = {photo_id: Cut(**cut) for photo_id, cut in document["framed"].items()}
        return cls(tuple(groups), framed, all_from_plain(document["left_out"]))


def find_lenses(photos: Sequence[RoomPhoto], progress: Progress | None = None) -> Lenses:
    """Find what is round these photos, and how their lenses bend straight lines.

    A photo that cannot be read has no say; the stage that needs it tells why.

    Args:
        photos: taken together, as files (without lenses).
    """
    progress = progress or Progress()
    if any(photo.lens for photo in photos):
        raise ValueError("these photos have their lenses already")
    framed, left_out = look_round(photos, progress.part(0.0, _ROUND))
    photos = without_borders(photos, framed, left_out)
    progress = progress.part(_ROUND, 1.0)
    groups: dict[tuple[object, ...], list[RoomPhoto]] = {}
    for photo in photos:
        groups.setdefault(_key(photo), []).append(photo)
    found, done = [], 0
    for mine in groups.values():
        found.append(_group(mine, progress.part(done / len(photos), (done + len(mine)) / len(photos))))
        done += len(mine)
    progress(1.0, "lens")
    return Lenses(tuple(found), framed, left_out)


def _group(photos: list[RoomPhoto], progress: Progress) -> LensGroup:
    read, arcs = [], []
    for index, photo in enumerate(photos):
        progress(index / len(photos), f"lens: photo {index + 1} of {len(photos)}")
        with suppress(UnreadablePhoto):
            arcs.append(find_arcs(load_rgb(photo, _MAX_PX)))
            read.append(photo.photo_id)
    width, height = working_size(photos[0].width_px, photos[0].height_px, _MAX_PX)
    evidence = weigh(arcs, math.hypot(width, height) / 2)
    opposed: tuple[str, ...] = ()
    if evidence is not None and evidence.certain:
        opposed = tuple(photo_id for index, photo_id in enumerate(read) if evidence.opposes(index))
    return LensGroup(tuple(photo.photo_id for photo in photos), evidence, opposed)


def _key(photo: RoomPhoto) -> tuple[object, ...]:
    sides = sorted((photo.width_px, photo.height_px))
    focal = None if photo.focal_px is None else round(photo.focal_px / sides[1], 3)
    return (photo.camera, focal, *sides)


def _with_lens(photo: RoomPhoto, lens: Lens | None) -> RoomPhoto:
    if lens is None:
        return photo
    zoom = lens.zoom(photo.width_px, photo.height_px)
    return replace(photo, lens=lens, focal_px=photo.focal_px and photo.focal_px * zoom)
