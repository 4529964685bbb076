"""Whether a room of several photos shows, from each photo's own place, what that photo shows.

A room that was put together wrongly gives itself away there: what another photo added hangs in the way, or a
wall stands where none is. No truth is needed. A photo's own box passes by construction, so where the joint room
fails, the boxes are shown instead.
"""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

import numpy as np

from pipeline.progress import Progress
from pipeline.rooms.judging.aside import viewpoint_of
from pipeline.rooms.judging.left_out import level, shrunk
from pipeline.rooms.judging.measures import gradient_correlation
from pipeline.rooms.judging.picture import picture_of
from pipeline.rooms.scene import PointMaps, Source, View
from pipeline.rooms.surface import Surface

_FILE: Final = "own_places.json"
#: pictures are compared at a third of their size, so that blur is forgiven and only what stands elsewhere
#: counts, px; at 240 px good rooms had .22 to .38 as wrecks had, at 80 px .50 and more
_COARSE_PX: Final = 80
#: of a patch without surface, level; by definition the middle
_GREY: Final = 128
#: least share of the photos' pixels that were measured, mean over the photos; looked at, six wrecks had .00 to
#: .03 (and one .07), rooms that are rough or better .06 and more
_LEAST_MEASURED: Final = 0.04
#: least gradients of any photo, none; of the same rooms four wrecks had .17 to .31, the others .41 and more
_LEAST_GRADIENTS: Final = 0.35
#: a room of which so much was measured is shown as one, share; good ones had .13 to .32 (the demo, hololens n4
#: and kitchen, a listing's kitchen), two that their photos' own rooms beat had .08 and .10
_WELL_MEASURED: Final = 0.12
#: or one that looks so much like its photos, mean of the gradients, none; icl had .83 (.06 measured), those two
#: .46 and .56
_WELL_LIKE: Final = 0.75


class Worth(StrEnum):
    """What a room of several photos is worth beside a room of each.

    ``WELL``: it is shown instead of them. ``ROUGH``: it is right on the whole, but they look better and are
    shown first. ``WRECK``: it is not shown.
    """

    WELL = "well"
    ROUGH = "rough"
    WRECK = "wreck"


@dataclass(frozen=True)
class OwnPlace:
    """One photo beside the room from its place.

    Attributes:
        photo_id: of the photo.
        gradients: correlation of the grey differences of photo and picture, 1 where every edge stands where the
            photo has it; 0 where the photo or the picture has no edge.
        measured: share of the photo's pixels that were measured.
    """

    photo_id: str
    gradients: float
    measured: float


@dataclass(frozen=True)
class OwnPlaces:
    """All photos of a room, each beside the room from its place."""

    places: tuple[OwnPlace, ...]

    def worth(self) -> Worth:
        """What the room is worth."""
        measured = float(np.mean([place.measured for place in self.places]))
        gradients = [place.gradients for place in self.places]
        if measured < _LEAST_MEASURED or min(gradients) < _LEAST_GRADIENTS:
            return Worth.WRECK
        well = measured >= _WELL_MEASURED or float(np.mean(gradients)) >= _WELL_LIKE
        return Worth.WELL if well else Worth.ROUGH

    def save(self, folder: Path) -> None:
        """Write them into ``folder``."""
        (folder / _FILE).write_text(json.dumps([asdict(place) for place in self.places]), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote."""
        rows = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return cls(tuple(OwnPlace(**row) for row in rows))


def from_own_places(maps: PointMaps, surface: Surface, progress: Progress | None = None) -> OwnPlaces:
    """Look at a room from the place of each of its photos.

    Args:
        maps: of the room; generated views are passed over.
        surface: its mesh.

    Raises:
        ValueError: no camera took any of its views.
    """
    progress = progress or Progress()
    views = maps.of_cameras().views
    if not views:
        raise ValueError("the room has no photo to be looked at from")
    places = []
    for index, view in enumerate(views):
        progress(index / len(views), f"looking from photo {index + 1} of {len(views)}")
        measured = float((view.source == Source.MEASURED).mean())
        places.append(OwnPlace(view.photo_id, _gradients(view, surface), measured))
    progress(1.0, "looked from every photo")
    return OwnPlaces(tuple(places))


def _gradients(view: View, surface: Surface) -> float:
    """Correlation of coarse grey differences; what the surface lacks counts as a plain grey patch."""
    viewpoint = viewpoint_of(view)
    picture = picture_of(surface, viewpoint)
    image = np.where(picture.hole[..., None], np.uint8(_GREY), picture.image)
    ratio = _COARSE_PX / max(image.shape)
    size = (round(image.shape[1] * ratio), round(image.shape[0] * ratio))
    photo, seen = shrunk(view.image, size), shrunk(image, size)
    everywhere = np.ones(seen.shape[:2], bool)
    return float(np.nan_to_num(gradient_correlation(photo, level(seen, photo, everywhere), everywhere)))
