"""Ways from photos to :class:`PointMaps`, by name.

A backend either places cameras first (``places_cameras``: the recipe stores that stage apart) or goes from
photos to point maps directly, in which case it gets ``cameras=None``.
"""

from pathlib import Path
from typing import Protocol

from pipeline.progress import Progress
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.scene import Cameras, PointMaps

DEFAULT = "classical"


class Backend(Protocol):
    """What the recipe knows of a backend."""

    @property
    def name(self) -> str:
        """Under which it is chosen and reported."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the results change (part of every stage key)."""
        ...

    @property
    def places_cameras(self) -> bool:
        """Whether :meth:`cameras` is a stage of its own."""
        ...

    def cameras(self, photos: list[RoomPhoto], work_dir: Path, progress: Progress) -> Cameras:
        """Place the photos; ``NotEnoughViews`` and others of ``pipeline.rooms.scene.errors``."""
        ...

    def point_maps(self, photos: list[RoomPhoto], cameras: Cameras | None, progress: Progress) -> PointMaps:
        """Give every pixel of every placed photo a point."""
        ...


class Classical:
    """Structure from motion, PatchMatch stereo and room planes: no weights, CPU only."""

    name = "classical"
    version = "10"
    places_cameras = True

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def cameras(self, photos: list[RoomPhoto], work_dir: Path, progress: Progress) -> Cameras:
        """See :func:`pipeline.rooms.sfm.place.place_cameras`."""
        from pipeline.rooms.sfm import SfmSettings, place_cameras

        return place_cameras(photos, work_dir, SfmSettings(seed=self.seed), progress)

    def point_maps(self, photos: list[RoomPhoto], cameras: Cameras | None, progress: Progress) -> PointMaps:
        """See :func:`pipeline.rooms.depth.dense.dense_point_maps`."""
        from pipeline.rooms.depth import DenseSettings, dense_point_maps

        if cameras is None:
            raise ValueError("the classical backend needs cameras")
        return dense_point_maps(photos, cameras, DenseSettings(seed=self.seed), progress)


class SinglePhoto:
    """A room from one photo, where photos share too little to be placed: a box with furniture in relief."""

    name = "single photo"
    version = "4"
    places_cameras = False

    def cameras(self, photos: list[RoomPhoto], work_dir: Path, progress: Progress) -> Cameras:
        """There is nothing to place."""
        raise ValueError("the single photo backend places no cameras")

    def point_maps(self, photos: list[RoomPhoto], cameras: Cameras | None, progress: Progress) -> PointMaps:
        """See :func:`pipeline.rooms.single_photo.room.room_from_best_photo`."""
        from pipeline.rooms.single_photo import room_from_best_photo

        return room_from_best_photo(photos, progress)


def choose(name: str = "auto", seed: int = 0) -> tuple[Backend, str]:
    """The backend to use and the reason in plain words.

    Args:
        name: ``classical``, a learned backend, or ``auto`` for the best that is installed.
        seed: for everything random in it.

    Raises:
        ValueError: no backend has this name.
    """
    if name == DEFAULT:
        return Classical(seed), "classical was asked for"
    from pipeline.rooms.learned import LEARNED, choose_learned

    if name not in ("auto", *LEARNED):
        known = ", ".join(("auto", DEFAULT, *LEARNED))
        raise ValueError(f"unknown room backend {name!r}; choose one of: {known}")
    backend, why = choose_learned(name, seed)
    if backend is not None:
        return backend, why
    return Classical(seed), f"{why}; classical stands in"
