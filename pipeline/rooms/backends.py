"""Ways from photos to :class:`PointMaps`, by name.

A backend either places cameras first (``places_cameras``: the recipe stores that stage apart) or goes from
photos to point maps directly, in which case it gets ``cameras=None``.
"""

from pathlib import Path
from typing import Protocol

from pipeline.progress import Progress
from pipeline.rooms.cameras import Cameras
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.point_maps import PointMaps

DEFAULT = "classical"


class Backend(Protocol):
    """What the recipe knows of a backend.

    Attributes:
        name: key in :data:`BACKENDS`.
        version: changes whenever the results change (part of every stage key).
        places_cameras: whether :meth:`cameras` is a stage of its own.
    """

    name: str
    version: str
    places_cameras: bool

    def cameras(self, photos: list[RoomPhoto], work_dir: Path, progress: Progress) -> Cameras:
        """Place the photos; ``NotEnoughViews`` and others of ``pipeline.rooms.errors``."""
        ...

    def point_maps(self, photos: list[RoomPhoto], cameras: Cameras | None, progress: Progress) -> PointMaps:
        """Give every pixel of every placed photo a point."""
        ...


class Classical:
    """Structure from motion, PatchMatch stereo and room planes: no weights, CPU only."""

    name = "classical"
    version = "1"
    places_cameras = True

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def cameras(self, photos: list[RoomPhoto], work_dir: Path, progress: Progress) -> Cameras:
        """See :func:`pipeline.rooms.sfm.place_cameras`."""
        from pipeline.rooms.sfm import SfmSettings, place_cameras

        return place_cameras(photos, work_dir, SfmSettings(seed=self.seed), progress)

    def point_maps(self, photos: list[RoomPhoto], cameras: Cameras | None, progress: Progress) -> PointMaps:
        """See :func:`pipeline.rooms.dense.dense_point_maps`."""
        from pipeline.rooms.dense import DenseSettings, dense_point_maps

        if cameras is None:
            raise ValueError("the classical backend needs cameras")
        return dense_point_maps(photos, cameras, DenseSettings(seed=self.seed), progress)


BACKENDS: dict[str, type[Classical]] = {"classical": Classical}


def choose(name: str = "auto", seed: int = 0) -> tuple[Backend, str]:
    """The backend to use and the reason in plain words.

    Args:
        name: a key of :data:`BACKENDS`, or ``auto`` for the best that is installed.
        seed: for everything random in it.

    Raises:
        ValueError: no backend has this name.
    """
    if name == "auto":
        return BACKENDS[DEFAULT](seed), "classical needs no weights and no GPU"
    if name not in BACKENDS:
        raise ValueError(f"unknown room backend {name!r}; choose one of: auto, {', '.join(sorted(BACKENDS))}")
    return BACKENDS[name](seed), f"{name} was asked for"
