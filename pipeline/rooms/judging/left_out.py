"""A room judged without truth: how well the other photos foretell a photo that is left out.

The measure of view synthesis (Waechter et al. 2017, *Virtual Rephotography*): the room is meshed without the
photo, seen from the photo's place, and compared with it where the others showed the room.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from jaxtyping import Bool, UInt8
from scipy import ndimage

from pipeline.progress import Progress
from pipeline.rooms.judging.aside import viewpoint_of
from pipeline.rooms.judging.measures import gradient_correlation, psnr_db, ssim
from pipeline.rooms.judging.picture import Picture, picture_of
from pipeline.rooms.scene import EmptySurface, PointMaps, Source, View
from pipeline.rooms.surface import Surface, SurfaceSettings, reconstruct_surface

#: fewer pixels in common say nothing, share of the photo; set by hand, effect not measured
LEAST_COVERED: Final = 0.05
#: a mesh to judge by may be coarse, metres; set by hand, effect not measured
_VOXEL_M: Final = 0.04
#: settings of such a mesh; as above, with faces to match
_COARSE: Final = SurfaceSettings(voxel_m=_VOXEL_M, max_faces=60_000)


@dataclass(frozen=True)
class Foretold:
    """A photo beside what the rest of its room foretells of it.

    Attributes:
        photo_id: of the photo.
        covered: share of its pixels that the others foretell.
        psnr_db, ssim, gradients: over those pixels, exposure levelled; ``gradients`` is the correlation of the
            grey differences, 1 where all edges stand where the photo has them. NaN where too little is covered.
    """

    photo_id: str
    covered: float
    psnr_db: float
    ssim: float
    gradients: float


def foretell(maps: PointMaps, progress: Progress | None = None) -> list[Foretold]:
    """Leave each photo out, mesh the room without it, and compare; empty for fewer than two photos."""
    progress = progress or Progress()
    photos = maps.of_cameras()
    found = []
    for index, view in enumerate(photos.views) if len(photos.views) > 1 else ():
        progress(index / len(photos.views), f"without photo {index + 1} of {len(photos.views)}")
        try:
            found.append(compare(view, without(photos, view)))
        except EmptySurface:
            found.append(Foretold(view.photo_id, 0.0, np.nan, np.nan, np.nan))
    progress(1.0, "photos foretold")
    return found


def compare(view: View, surface: Surface, over: Bool[np.ndarray, "h w"] | None = None) -> Foretold:
    """A photo beside the picture of a mesh from its place.

    Args:
        view: the photo and its place.
        surface: meshed without it.
        over: pixels of the picture to compare (:func:`covered_by` of another mesh); none: all that are shown.
    """
    picture = picture_of(surface, viewpoint_of(view))
    photo = shrunk(view.image, (picture.image.shape[1], picture.image.shape[0]))
    covered = _shown(picture) if over is None else over & ~picture.hole
    share = float(covered.mean())
    if share < LEAST_COVERED:
        return Foretold(view.photo_id, share, np.nan, np.nan, np.nan)
    levelled = level(picture.image, photo, covered)
    return Foretold(
        view.photo_id,
        share,
        psnr_db(photo, levelled, covered),
        ssim(photo, levelled, covered),
        gradient_correlation(photo, levelled, covered),
    )


def covered_by(view: View, surface: Surface) -> Bool[np.ndarray, "h w"]:
    """Where a mesh foretells a photo: pixels that meet its surface, a little inside of their borders."""
    return _shown(picture_of(surface, viewpoint_of(view)))


def without(maps: PointMaps, view: View) -> Surface:
    """The mesh of a room without one of its photos.

    Raises:
        EmptySurface: the others have too few points.
    """
    rest = tuple(other for other in maps.of_cameras().views if other is not view)
    return reconstruct_surface(replace(maps, views=rest), _COARSE)


def level(
    image: UInt8[np.ndarray, "H W 3"], like: UInt8[np.ndarray, "H W 3"], mask: Bool[np.ndarray, "H W"]
) -> UInt8[np.ndarray, "H W 3"]:
    """The picture with mean and spread of each channel as in ``like`` over the mask: exposure is not judged."""
    a, b = image[mask].astype(np.float64), like[mask].astype(np.float64)
    gain = b.std(axis=0) / np.maximum(a.std(axis=0), 1.0)
    levelled = (image - a.mean(axis=0)) * np.clip(gain, *_GAINS) + b.mean(axis=0)
    clipped: UInt8[np.ndarray, "H W 3"] = np.clip(np.rint(levelled), 0, 255).astype(np.uint8)
    return clipped


#: between photos of one listing contrast differs by up to so much, factor; set by hand, effect not measured
_GAINS: Final = (0.5, 2.0)


def _shown(picture: Picture) -> Bool[np.ndarray, "H W"]:
    shown = ~picture.hole & (picture.source != Source.GENERATED)
    eroded: Bool[np.ndarray, "H W"] = ndimage.binary_erosion(shown, border_value=1)
    return eroded


def shrunk(image: UInt8[np.ndarray, "H W 3"], size_px: tuple[int, int]) -> UInt8[np.ndarray, "h w 3"]:
    """The picture at a smaller size (width, height), each pixel the mean of those that it covers."""
    from PIL import Image

    return np.asarray(Image.fromarray(image).resize(size_px, Image.Resampling.BOX))
