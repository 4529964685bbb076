"""The learned backends: Fast3R and the student of it, from photos straight to point maps."""

from pathlib import Path
from typing import ClassVar

from models.checkpoints import fingerprint
from pipeline.machine import has_gpu
from pipeline.progress import Progress
from pipeline.rooms.learned.frame import to_room_frame
from pipeline.rooms.learned.maps import FAST3R_LICENCE_NOTE, LearnedSettings, assemble
from pipeline.rooms.learned.model import load_model, predict
from pipeline.rooms.learned.tensors import prepare
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.scene import Cameras, LearnedModelFailed, NotEnoughPhotos, PointMaps

__all__ = [
    "LEARNED",
    "Fast3RBackend",
    "LearnedModelFailed",
    "StudentBackend",
    "choose_learned",
    "unusable_reason",
]


class Fast3RBackend:
    """Fast3R with weights of its published layout."""

    name: ClassVar[str] = "fast3r"
    weights: ClassVar[str] = "Fast3R"
    places_cameras = False

    def __init__(self, seed: int = 0, source: str | Path | None = None) -> None:
        from models.weights import weights_named

        self.settings = LearnedSettings(seed=seed)
        self.source = str(source or weights_named(self.weights).place())

    @property
    def version(self) -> str:
        """Changes with the code and with the weights."""
        return f"1-{fingerprint(Path(self.source))}"

    def cameras(self, photos: list[RoomPhoto], work_dir: Path, progress: Progress) -> Cameras:
        """Not a stage of this backend."""
        raise NotImplementedError(f"{self.name} gives point maps and cameras at once")

    def point_maps(self, photos: list[RoomPhoto], cameras: Cameras | None, progress: Progress) -> PointMaps:
        """Reconstruct all photos together.

        Raises:
            NotEnoughPhotos: there is none.
            LearnedModelFailed: weights that cannot be used, or not enough memory.
        """
        if not photos:
            raise NotEnoughPhotos("The room has no photo.", "Add at least one, better five.")
        progress(0.0, f"loading {self.name}")
        model = load_model(self.source, self.version)
        progress(0.05, "reading photos")
        images = [prepare(p, self.settings.longer_px, model.config.encoder.patch_size) for p in photos]
        predicted = predict(model, images, self.settings.seed, progress.part(0.05, 0.85))
        maps = assemble(photos, images, predicted, self.name, self.settings, progress.part(0.85, 0.95))
        maps = to_room_frame(maps)
        progress(1.0, "point maps")
        return maps


class StudentBackend(Fast3RBackend):
    """The smaller model distilled from Fast3R."""

    name = "student"
    weights = "Fast3R student"


LEARNED: dict[str, type[Fast3RBackend]] = {"fast3r": Fast3RBackend, "student": StudentBackend}


def unusable_reason(backend: type[Fast3RBackend]) -> str | None:
    """Why a backend cannot run here, in one sentence; ``None`` if it can (weights checked, not read)."""
    from models.checkpoints import WeightsError
    from models.weights import weights_named

    weights = weights_named(backend.weights)
    if not weights.present():
        return f"the weights of {weights.name} are not in {weights.place()}"
    from models.fast3r.verify import verify_folder

    try:
        verify_folder(weights.place())
    except WeightsError as error:
        return error.message
    return None


def choose_learned(name: str, seed: int = 0) -> tuple[Fast3RBackend | None, str]:
    """The learned backend for a choice, and the reason in plain words.

    Args:
        name: ``fast3r``, ``student``, or ``auto``: Fast3R if its weights are there and a GPU can run it.
        seed: for everything random in it.

    Returns:
        ``None`` with the reason where another backend has to stand in.

    Raises:
        KeyError: no learned backend has this name.
    """
    kind = LEARNED["fast3r" if name == "auto" else name]
    reason = unusable_reason(kind)
    if name != "auto":
        said = f"{name} was asked for"
        return (None, f"{said}, but {reason}") if reason else (kind(seed), f"{said}; {FAST3R_LICENCE_NOTE}")
    if reason:
        return None, reason
    if not has_gpu():
        return None, "fast3r has its weights but no GPU: choose it by name to run it on the CPU"
    return kind(seed), f"fast3r has its weights and a GPU; {FAST3R_LICENCE_NOTE}"
