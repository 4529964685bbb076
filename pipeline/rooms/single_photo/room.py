"""A room from one photo: a box and what stands in it, all of it inferred."""

from dataclasses import replace

import numpy as np
from jaxtyping import UInt8

from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.progress import Progress
from pipeline.rooms.layout import Layout, LayoutBox, NoLayout, estimate_geometric
from pipeline.rooms.photos import RoomPhoto, load_rgb
from pipeline.rooms.prior import DepthPrior, EyePrior, own_eye
from pipeline.rooms.scene import NotEnoughPhotos, PointMaps, Source, UnreadablePhoto, View, pixel_rays
from pipeline.rooms.single_photo.bodies import Bodies, bodies_of

BACKEND = "single photo"
#: longer side of the point maps, px; by definition that of the classical backend's maps
MAX_PX = 448
#: confidence of points on the faces of the box where the layout is certain, share;
#: the .3 from which on points of several photos are meshed, that of guesses is not calibrated
BOX_CONFIDENCE = 0.3
#: confidence of points on furniture where the layout is certain, share; half of that of the box, by hand
RELIEF_CONFIDENCE = 0.15
#: least confidence of any point, share; above the .05 from which on points are looked at, so that none is lost
_LEAST_CONFIDENCE = 0.06
#: share of their confidence that points keep where no layout can be told, share; set by hand, effect not
#: measured
_DOUBTED = 0.2
#: a room where the photo does not show one: distances to front, left, right, floor and ceiling, metres;
#: a usual living room with the camera at 1.45 m under a ceiling of 2.55 m, set by hand, effect not measured
_USUAL_M = np.array([3.4, 2.0, 2.0, 1.45, 1.1])
#: relative standard deviation of the size of such a room, share; set by hand, effect not measured
_USUAL_SIGMA = 0.5
#: usual focal length, longer sides of the photo; 26 mm on 35 mm film, as phones have
_USUAL_FOCAL = 0.72
#: photos of which the one with the surest layout is chosen, count;
#: one takes at most 9 s (41 photos, two cores), so that a room stays within a minute
MOST_COMPARED = 6
_NOT_SHARED = LeftOut(LeftOutReason.ANOTHER_STANDS_IN)
#: no face of the box is taken to be farther than this, metres; set by hand, effect not measured
_LONGEST_M = 12.0
#: nor nearer than this, metres; set by hand, effect not measured
_NEAREST_M = 0.35


def room_from_photo(
    photo: RoomPhoto,
    layout: Layout | NoLayout | None = None,
    progress: Progress | None = None,
    prior: DepthPrior | None = None,
) -> PointMaps:
    """Point maps of the room that a single photo shows.

    Args:
        photo: any photo; one that shows no box-shaped room gets a usual room, with a note.
        layout: of the photo (of any size), estimated where ``None``.
        prior: what guesses its depth; the eye where ``None``.

    Returns:
        One view in the room frame (z up, floor at z = 0, the origin below the camera): every pixel has a point,
        all marked as inferred, with low confidence.

    Raises:
        UnreadablePhoto: the file cannot be decoded.
    """
    progress = progress or Progress()
    progress(0.0, "one photo: reading")
    image = load_rgb(photo, MAX_PX)
    height, width = image.shape[:2]
    if layout is None:
        focal = None if photo.focal_px is None else photo.focal_px * max(width, height) / _longer(photo)
        layout = estimate_geometric(image, focal, progress.part(0.0, 0.7))
    box, confidence, notes = box_of(layout, width, height)
    progress(0.7, "one photo: what stands on the floor")
    bodies = _bodies(image, box, prior or own_eye())
    progress(0.95, "one photo: points")
    view = view_of(photo.photo_id, image, bodies, box, confidence)
    notes = ("made from one photo: everything is inferred", *notes)
    progress(1.0, "one photo")
    return PointMaps((view,), BACKEND, True, box.scale_sigma, notes=notes)


def room_from_best_photo(
    photos: list[RoomPhoto], progress: Progress | None = None, prior: DepthPrior | None = None
) -> PointMaps:
    """The room of the photo whose layout is surest; the others are left out with the reason.

    Args:
        photos: that share too little to be placed together; of many, the first :data:`MOST_COMPARED` compete.
        prior: what guesses their depth; the eye where ``None``.

    Raises:
        NotEnoughPhotos: there is none.
        UnreadablePhoto: none of them can be decoded.
    """
    progress = progress or Progress()
    if not photos:
        raise NotEnoughPhotos("The room has no photo.", "Add at least one, better five.")
    rooms, left_out = _rooms_of(photos, progress, prior)
    if not rooms:
        raise UnreadablePhoto("None of the photos can be read.", "Export them again as JPEG or PNG.", left_out)
    best = max(rooms, key=lambda room: float(room.views[0].confidence.max()))
    left_out |= {room.views[0].photo_id: _NOT_SHARED for room in rooms if room is not best}
    return replace(best, left_out=left_out)


def _rooms_of(
    photos: list[RoomPhoto], progress: Progress, prior: DepthPrior | None
) -> tuple[list[PointMaps], dict[str, LeftOut]]:
    """A room of each of the first readable photos, and why the others have none."""
    rooms: list[PointMaps] = []
    left_out: dict[str, LeftOut] = {}
    for index, photo in enumerate(photos):
        if len(rooms) == MOST_COMPARED:
            left_out[photo.photo_id] = _NOT_SHARED
            continue
        part = progress.part(index / len(photos), (index + 1) / len(photos))
        try:
            rooms.append(room_from_photo(photo, None, part, prior))
        except UnreadablePhoto:
            left_out[photo.photo_id] = LeftOut(LeftOutReason.UNREADABLE)
    return rooms, left_out


def _longer(photo: RoomPhoto) -> int:
    return max(photo.width_px, photo.height_px)


def _bodies(image: UInt8[np.ndarray, "H W 3"], box: LayoutBox, prior: DepthPrior) -> Bodies:
    """What stands in the room; nothing in photos that the eye does not take."""
    height, width = image.shape[:2]
    if not EyePrior.takes(width, height):
        return Bodies(box.depth_m(width, height), np.zeros((height, width), bool))
    return bodies_of(image, box, prior.predict(image, box.K))


def box_of(layout: Layout | NoLayout, width: int, height: int) -> tuple[LayoutBox, float, tuple[str, ...]]:
    """The box at the size of the picture, how far to trust it, and what is worth saying about it."""
    if isinstance(layout, NoLayout):
        box, confidence, notes = box_of(layout.guess, width, height) if layout.guess else (None, 0.0, ())
        return box or usual_box(width, height), confidence, (layout.reason, *notes)
    if layout.box is None:
        return usual_box(width, height), 0.0, ("the layout has no box: a usual room stands in",)
    ratio = width / layout.classes.shape[1]
    K = layout.box.K.copy()
    K[:2] *= ratio
    K[:2, 2] += (ratio - 1) / 2
    distance = np.clip(layout.box.distance_m, _NEAREST_M, _LONGEST_M)
    return replace(layout.box, K=K, distance_m=distance), layout.confidence, (f"layout: {layout.why}",)


def usual_box(width: int, height: int) -> LayoutBox:
    """A usual room seen level and straight ahead, where a photo does not tell."""
    focal = _USUAL_FOCAL * max(width, height)
    K = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.0]])
    level = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])
    return LayoutBox(level, K, _USUAL_M, (True,) * 5, _USUAL_SIGMA)


def view_of(
    photo_id: str, image: UInt8[np.ndarray, "H W 3"], bodies: Bodies, box: LayoutBox, confidence: float
) -> View:
    """The photo as a view in the room frame; points on things are less sure than those on the box."""
    height, width = bodies.depth_m.shape
    pose = box.world_from_camera()
    points = (pixel_rays(box.K, height, width) * bodies.depth_m[..., None]) @ pose[:3, :3].T + pose[:3, 3]
    trust = np.where(bodies.standing, RELIEF_CONFIDENCE, BOX_CONFIDENCE)
    trust = trust * (_DOUBTED + (1.0 - _DOUBTED) * confidence)
    return View(
        photo_id=photo_id,
        image=image,
        world_from_camera=pose,
        K=box.K,
        points=points.astype(np.float32),
        confidence=np.maximum(trust, _LEAST_CONFIDENCE).astype(np.float32),
        source=np.full((height, width), Source.INFERRED, np.uint8),
    )
