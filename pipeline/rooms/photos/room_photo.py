"""Photos of one room as files, and reading them upright and straight at a working resolution."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps, UnidentifiedImageError

from pipeline.rooms.photos.frames import NOTHING, Cut
from pipeline.rooms.photos.lens import Lens, straighten
from pipeline.rooms.scene import UnreadablePhoto


@dataclass(frozen=True)
class RoomPhoto:
    """One photo of the room.

    Attributes:
        photo_id: id of the photo in the listing.
        path: readable image file.
        width_px, height_px: upright size of the file, without what is cut off.
        focal_px: focal length in pixels of that size (once straightened), ``None`` where unknown.
        camera: make and model; photos of one camera and size share intrinsics.
        cut: what is taken off the sides of the upright file: borders are no part of the photo.
        lens: how it bends straight lines, ``None`` where it does not; :func:`load_rgb` takes it out.
    """

    photo_id: str
    path: Path
    width_px: int
    height_px: int
    focal_px: float | None = None
    camera: str | None = None
    lens: Lens | None = None
    cut: Cut = NOTHING

    def __post_init__(self) -> None:
        if self.width_px <= 0 or self.height_px <= 0:
            raise ValueError(f"photo {self.photo_id}: size must be positive")
        if self.focal_px is not None and self.focal_px <= 0:
            raise ValueError(f"photo {self.photo_id}: focal_px must be positive or None")


def working_size(width_px: int, height_px: int, max_px: int) -> tuple[int, int]:
    """Width and height with the longer side at most ``max_px`` (never enlarged), aspect kept."""
    factor = min(1.0, max_px / max(width_px, height_px))
    return max(1, round(width_px * factor)), max(1, round(height_px * factor))


def load_rgb(photo: RoomPhoto, max_px: int) -> UInt8[np.ndarray, "H W 3"]:
    """Decode the photo upright, sRGB, without borders and lens distortion; longer side at most ``max_px``.

    Raises:
        UnreadablePhoto: the file is missing, truncated or no image.
    """
    size = working_size(photo.width_px, photo.height_px, max_px)
    try:
        with Image.open(photo.path) as opened:
            if not photo.cut:
                opened.draft("RGB", size)
            upright = _without_borders(ImageOps.exif_transpose(opened).convert("RGB"), photo.cut)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, SyntaxError) as error:
        raise UnreadablePhoto(
            f"Photo {photo.photo_id} ({photo.path.name}) cannot be read: {error}.",
            "Export it again as JPEG or PNG, or leave it out.",
        ) from error
    if upright.size != size:
        upright = upright.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    image = np.asarray(upright, dtype=np.uint8)
    return straighten(image, photo.lens) if photo.lens else image


def _without_borders(upright: Image.Image, cut: Cut) -> Image.Image:
    return (
        upright.crop((cut.left, cut.top, upright.width - cut.right, upright.height - cut.bottom))
        if cut
        else upright
    )
