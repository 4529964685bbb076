"""Who makes a room of photos: one class for each way, and the registry of those that may be chosen.

A backend either places cameras first (``places_cameras``: the recipe stores that stage apart) or goes from
photos to point maps directly, in which case it gets ``cameras=None``. A new one is a class here and its row in
:data:`BACKENDS`: command line, dashboard, doctor and recipe ask the registry. Nothing heavy is imported before
a backend works.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from pipeline.progress import Progress

if TYPE_CHECKING:
    from pipeline.rooms.photos import RoomPhoto
    from pipeline.rooms.scene import Cameras, PointMaps
    from pipeline.rooms.surface import Surface

AUTO: Final = "auto"
#: share of a learned backend's progress that the evidence for joining takes
_GATE: Final = 0.2
#: share of the classical backend's progress that measuring takes
_MEASURING: Final = 0.9


class Backend:
    """What the recipe knows of a backend; a new one overrides what is different about it.

    Attributes:
        name: under which it is chosen and reported.
        version: changes whenever the results change (part of every stage key).
        title, about: how it is offered, and one sentence on what it needs and does.
        queue: whose workers make its point maps, ``cpu`` or ``gpu``.
        places_cameras: whether :meth:`cameras` is a stage of its own.
        is_guess: whether it makes up what it cannot see, so that nothing more is generated around it.

    Args:
        seed: of everything random in it.
        depth_prior: name of what guesses depth (see :func:`pipeline.rooms.prior.depth_prior`).
    """

    name: ClassVar[str]
    title: ClassVar[str] = ""
    about: ClassVar[str] = ""
    queue: ClassVar[str] = "cpu"
    places_cameras: ClassVar[bool] = False
    is_guess: ClassVar[bool] = False

    def __init__(self, seed: int = 0, depth_prior: str | None = None) -> None:
        self.seed = seed
        self.depth_prior = depth_prior

    @property
    def version(self) -> str:
        """See the class."""
        raise NotImplementedError

    @classmethod
    def unusable(cls) -> str | None:
        """Why it cannot run here, in one sentence; ``None`` if it can."""
        return None

    @classmethod
    def remark(cls) -> str:
        """What is said whenever it was chosen: a licence, for example."""
        return ""

    @classmethod
    def by_itself(cls) -> tuple[bool, str]:
        """Whether :data:`AUTO` takes it before the default, and why (not); most have to be asked for."""
        return False, ""

    def cameras(self, photos: list[RoomPhoto], work_dir: Path, progress: Progress) -> Cameras:
        """Place the photos; ``NotEnoughViews`` and others of ``pipeline.rooms.scene.errors``."""
        raise ValueError(f"{self.name} places no cameras apart from its point maps")

    def point_maps(self, photos: list[RoomPhoto], cameras: Cameras | None, progress: Progress) -> PointMaps:
        """Give every pixel of every placed photo a point."""
        raise NotImplementedError

    def surface(self, maps: PointMaps, photos: list[RoomPhoto], folder: Path, progress: Progress) -> Surface:
        """The mesh, and in ``folder`` the files of it; see :func:`pipeline.rooms.surface.build`."""
        from pipeline.rooms.surface import build

        return build(maps, photos, folder, progress)


class Classical(Backend):
    """Structure from motion, PatchMatch stereo and room planes; what they cannot measure stands by a guess."""

    name = "classical"
    title = "Classical"
    about = "Measures with geometry; guesses what stands where nothing could be measured. Any computer."
    places_cameras = True

    @property
    def version(self) -> str:
        """Changes with the code and with the weights of the depth model, where one was chosen."""
        from pipeline.rooms.prior import prior_version

        return f"12{prior_version(self.depth_prior)}"

    def cameras(self, photos: list[RoomPhoto], work_dir: Path, progress: Progress) -> Cameras:
        """See :func:`pipeline.rooms.sfm.place_cameras`."""
        from pipeline.rooms.sfm import SfmSettings, place_cameras

        return place_cameras(photos, work_dir, SfmSettings(seed=self.seed), progress)

    def point_maps(self, photos: list[RoomPhoto], cameras: Cameras | None, progress: Progress) -> PointMaps:
        """:func:`pipeline.rooms.depth.dense_point_maps`, then :func:`pipeline.rooms.joint_bodies.furnished`."""
        from pipeline.rooms.depth import DenseSettings, dense_point_maps
        from pipeline.rooms.joint_bodies import furnished
        from pipeline.rooms.prior import choose_depth_prior

        if cameras is None:
            raise ValueError("the classical backend needs cameras")
        settings, measuring = DenseSettings(seed=self.seed), progress.part(0.0, _MEASURING)
        maps = dense_point_maps(photos, cameras, settings, measuring)
        prior, why = choose_depth_prior(self.depth_prior, self.seed)
        maps = furnished(maps, prior, progress.part(_MEASURING, 1.0))
        return replace(maps, notes=(*maps.notes, why))

    def surface(self, maps: PointMaps, photos: list[RoomPhoto], folder: Path, progress: Progress) -> Surface:
        """The mesh with bodies that are closed; see :func:`pipeline.rooms.joint_bodies.closed_surface`."""
        from pipeline.rooms.joint_bodies import closed_surface
        from pipeline.rooms.surface import build

        return build(maps, photos, folder, progress, closed_surface)


class Fast3R(Backend):
    """Fast3R with weights of its published layout."""

    name = "fast3r"
    title = "Fast3R"
    about = "Needs its weights, which are not for commercial use, and wants a GPU."
    queue = "gpu"
    weights: ClassVar[str] = "Fast3R"

    @property
    def version(self) -> str:
        """Changes with the code and with the weights."""
        from models.checkpoints import fingerprint
        from models.weights import weights_named

        return f"2-{fingerprint(weights_named(self.weights).place())}"

    @classmethod
    def unusable(cls) -> str | None:
        """Weights that are missing or damaged (they are checked, not read)."""
        from models.checkpoints import WeightsError
        from models.weights import weights_named

        weights = weights_named(cls.weights)
        if not weights.present():
            return f"the weights of {weights.name} are not in {weights.place()}"
        from models.fast3r.verify import verify_folder

        try:
            verify_folder(weights.place())
        except WeightsError as error:
            return error.message
        return None

    @classmethod
    def remark(cls) -> str:
        """The licence of its weights."""
        from pipeline.rooms.learned import FAST3R_LICENCE_NOTE

        return FAST3R_LICENCE_NOTE

    @classmethod
    def by_itself(cls) -> tuple[bool, str]:
        """Where its weights and a GPU are."""
        from pipeline.machine import has_gpu

        reason = cls.unusable()
        if reason:
            return False, reason
        if not has_gpu():
            return False, f"{cls.name} has its weights but no GPU: choose it by name to run it on the CPU"
        return True, f"{cls.name} has its weights and a GPU"

    def point_maps(self, photos: list[RoomPhoto], cameras: Cameras | None, progress: Progress) -> PointMaps:
        """See :func:`pipeline.rooms.learned.learned_point_maps`; of photos that matches connect only."""
        from models.weights import weights_named
        from pipeline.rooms.grouping import joined_by_matches
        from pipeline.rooms.learned import LearnedSettings, learned_point_maps

        joined, apart = joined_by_matches(photos, self.seed, progress.part(0.0, _GATE))
        place, rest = weights_named(self.weights).place(), progress.part(_GATE, 1.0)
        settings = LearnedSettings(seed=self.seed)
        maps = learned_point_maps(joined, self.name, place, self.version, settings, rest)
        return replace(maps, left_out={**apart, **maps.left_out})


class Student(Fast3R):
    """The smaller model distilled from Fast3R."""

    name = "student"
    title = "Student of Fast3R"
    about = "Needs its weights, with the same limits as Fast3R; a little smaller."
    weights = "Fast3R student"

    @classmethod
    def by_itself(cls) -> tuple[bool, str]:
        """Never."""
        return False, ""


class SinglePhoto(Backend):
    """A room from one photo, where photos share too little to be placed: a box and what stands in it."""

    name = "single photo"
    is_guess = True

    @property
    def version(self) -> str:
        """Changes with the code and with the weights of the depth model, where one was chosen."""
        from pipeline.rooms.prior import prior_version

        return f"7{prior_version(self.depth_prior)}"

    def point_maps(self, photos: list[RoomPhoto], cameras: Cameras | None, progress: Progress) -> PointMaps:
        """See :func:`pipeline.rooms.single_photo.room_from_best_photo`."""
        from pipeline.rooms.prior import choose_depth_prior
        from pipeline.rooms.single_photo import room_from_best_photo

        prior, why = choose_depth_prior(self.depth_prior, self.seed)
        maps = room_from_best_photo(photos, progress, prior)
        return replace(maps, notes=(*maps.notes, why))

    def surface(self, maps: PointMaps, photos: list[RoomPhoto], folder: Path, progress: Progress) -> Surface:
        """The whole box, and the bodies that the photo shows in it."""
        from pipeline.rooms.single_photo import build_single

        return build_single(maps, photos, folder, progress)


#: those that may be chosen by name, as they are offered; :class:`SinglePhoto` is for photos that fit no other
BACKENDS: Final[dict[str, type[Backend]]] = {kind.name: kind for kind in (Classical, Fast3R, Student)}
DEFAULT: Final = Classical
LAST_RESORT: Final = SinglePhoto


def names() -> tuple[str, ...]:
    """What may be asked for."""
    return AUTO, *BACKENDS


def check_name(name: str) -> str:
    """The name, if it may be asked for.

    Raises:
        ValueError: no backend has this name.
    """
    if name not in names():
        raise ValueError(f"unknown room backend {name!r}; choose one of: {', '.join(names())}")
    return name


def choose(name: str = AUTO, seed: int = 0, depth_prior: str | None = None) -> tuple[Backend, str]:
    """The backend to use and the reason in plain words; the default stands in for one that cannot run here.

    Args:
        name: of :func:`names`; ``auto`` for the best that is installed.
        seed: for everything random in it.
        depth_prior: name of what guesses depth.

    Raises:
        ValueError: no backend has this name.
    """
    if check_name(name) == AUTO:
        kind, why = _best()
    else:
        kind, why = BACKENDS[name], f"{name} was asked for"
        reason = kind.unusable()
        if reason:
            kind, why = DEFAULT, f"{why}, but {reason}; {DEFAULT.name} stands in"
        else:
            why = _with_remark(why, kind)
    return kind(seed, depth_prior), why


def _best() -> tuple[type[Backend], str]:
    refused = []
    for kind in BACKENDS.values():
        taken, why = kind.by_itself()
        if taken:
            return kind, _with_remark(why, kind)
        refused += [why] if why else []
    return DEFAULT, "; ".join([*refused, f"{DEFAULT.name} stands in"])


def _with_remark(why: str, kind: type[Backend]) -> str:
    remark = kind.remark()
    return f"{why}; {remark}" if remark else why
