"""Looking round every photo once: what is cut off it, or why it is no photo."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.progress import Progress
from pipeline.rooms.photos.frames import Cut, find_cut, pieces_of
from pipeline.rooms.photos.room_photo import RoomPhoto, load_rgb
from pipeline.rooms.scene import UnreadablePhoto

#: ratios of sides that cameras give; by definition
_USUAL = (1.0, 4 / 3, 3 / 2, 16 / 9)
#: how near to one of them a ratio is the same, share; by definition: half a percent, sides are whole pixels
_SAME = 0.005
#: a cut photo keeps at least so much of each side, share; by definition: less is another picture
_LEAST_LEFT = 0.2


def look_round(
    photos: Sequence[RoomPhoto], progress: Progress | None = None
) -> tuple[dict[str, Cut], dict[str, LeftOut]]:
    """Borders of photos, and files that hold several photos; one that cannot be read has no say.

    Args:
        photos: as files, nothing cut off yet.

    Returns:
        What is cut off, and why some are left out, by photo id.
    """
    progress = progress or Progress()
    framed: dict[str, Cut] = {}
    left_out: dict[str, LeftOut] = {}
    for index, photo in enumerate(photos):
        progress(index / len(photos), f"borders: photo {index + 1} of {len(photos)}")
        with suppress(UnreadablePhoto):
            image = load_rgb(photo, max(photo.width_px, photo.height_px))
            cut = find_cut(image)
            left = cut.size(photo.width_px, photo.height_px)
            if cut and min(left[0] / photo.width_px, left[1] / photo.height_px) >= _LEAST_LEFT:
                framed[photo.photo_id], image = cut, cut.of(image)
            pieces = pieces_of(image)
            if pieces > 1:
                left_out[photo.photo_id] = LeftOut(LeftOutReason.COLLAGE, (pieces,))
    return framed, left_out


def without_borders(
    photos: Sequence[RoomPhoto], framed: Mapping[str, Cut], left_out: Mapping[str, LeftOut]
) -> list[RoomPhoto]:
    """The photos with their borders cut off, without those that are left out.

    Every later size and focal length is that of what is left, whose middle is taken for the principal point: a
    border is put round a whole photo.
    """
    return [
        _cut(photo, framed[photo.photo_id]) if photo.photo_id in framed else photo
        for photo in photos
        if photo.photo_id not in left_out
    ]


def _cut(photo: RoomPhoto, cut: Cut) -> RoomPhoto:
    """A photo without its border. EXIF's focal length is told per width of film.

    So it was taken for the width of the file. A border that was put round the photo made that too wide; one
    that was painted over its edges (the file has a camera's shape, the rest has not) did not.
    """
    width, height = cut.size(photo.width_px, photo.height_px)
    focal = photo.focal_px
    if focal is not None and not (_usual(photo.width_px, photo.height_px) and not _usual(width, height)):
        focal *= max(width, height) / max(photo.width_px, photo.height_px)
    return replace(photo, width_px=width, height_px=height, focal_px=focal, cut=cut)


def _usual(width: int, height: int) -> bool:
    ratio = max(width, height) / min(width, height)
    return any(abs(ratio / usual - 1) < _SAME for usual in _USUAL)
