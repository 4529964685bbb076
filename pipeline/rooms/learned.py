"""The learned backends: Fast3R and the student of it, from photos straight to point maps."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import psutil
from jaxtyping import Float32, UInt8

from pipeline.progress import Progress
from pipeline.rooms.cameras import Cameras
from pipeline.rooms.errors import NotEnoughPhotos, NotEnoughViews, RoomError
from pipeline.rooms.learned_frame import to_room_frame
from pipeline.rooms.learned_geometry import (
    confident,
    fit_similarity,
    pinhole,
    pnp_pose,
    weiszfeld_focal,
)
from pipeline.rooms.learned_photos import prepare, to_tensor
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.point_maps import PointMaps, Source, View

if TYPE_CHECKING:
    from torch import Tensor

    from models.fast3r import Fast3R, RunOptions, ViewMaps
    from models.fast3r.config import Mode

FAST3R_LICENCE_NOTE = "Fast3R weights: FAIR non-commercial research licence, not for commercial use"
_DEFAULT_FOCAL_FACTOR = 0.75


class LearnedModelFailed(RoomError):
    """A learned model cannot run here and now (weights or memory); another backend can stand in."""

    lasting = False


@dataclass(frozen=True)
class LearnedSettings:
    """Settings of the learned backends.

    Attributes:
        seed: of image indices and RANSAC.
        longer_px: longer side of the photos that the model sees, and of the point maps.
        pose_share: share of the pixels, by confidence, that poses and alignments come from (paper: 15 %).
        kept_share: share of the pixels of every view that get a point.
    """

    seed: int = 0
    longer_px: int = 512
    pose_share: float = 0.15
    kept_share: float = 0.9

    def __post_init__(self) -> None:
        if self.longer_px < 32 or not 0 < self.pose_share <= 1 or not 0 < self.kept_share <= 1:
            raise ValueError("longer_px >= 32, and shares above 0 and at most 1, are needed")


@dataclass(frozen=True)
class _Predicted:
    """One view's maps as arrays, confidence from 0 to 1; ``local`` is ``None`` without a local head."""

    points: Float32[np.ndarray, "H W 3"]
    confidence: Float32[np.ndarray, "H W"]
    local: Float32[np.ndarray, "H W 3"] | None
    local_confidence: Float32[np.ndarray, "H W"]


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


def unusable_reason(backend: type[Fast3RBackend]) -> str | None:
    """Why a backend cannot run here, in one sentence; ``None`` if it can (weights checked, not read)."""
    from models.checkpoints import WeightsError
    from models.weights import weights_named

    weights = weights_named(backend.weights)
    if not weights.present():
        return f"the weights of {weights.name} are not in {weights.place()}"
    from models.fast3r.loading import verify_folder

    try:
        verify_folder(weights.place())
    except WeightsError as error:
        return error.message
    return None


def has_gpu() -> bool:
    """Whether PyTorch can use a GPU here."""
    import torch

    return torch.cuda.is_available()


def fingerprint(source: Path) -> str:
    """Short digest that changes with the weights: names, sizes, and both ends of every file."""
    digest = hashlib.sha256()
    files = [source] if source.is_file() else sorted(p for p in source.glob("*") if p.is_file())
    for path in files:
        size = path.stat().st_size
        digest.update(f"{path.name}:{size}".encode())
        with path.open("rb") as opened:
            digest.update(opened.read(1 << 20))
            opened.seek(max(0, size - (1 << 20)))
            digest.update(opened.read())
    return digest.hexdigest()[:12]


@lru_cache(maxsize=1)
def load_model(source: str, version: str) -> "Fast3R":
    """The model on the best device; kept between rooms as long as ``version`` stays the same.

    Raises:
        LearnedModelFailed: the weights cannot be used.
    """
    import torch

    from models.checkpoints import WeightsError
    from models.fast3r import Fast3R

    device = "cuda" if has_gpu() else "cpu"
    try:
        return Fast3R.from_pretrained(source, device=device, allow_download=False)
    except WeightsError as error:
        raise LearnedModelFailed(error.message, error.advice) from error
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise LearnedModelFailed(
            "There is not enough memory for the model.", "Use the classical backend."
        ) from error


def predict(
    model: "Fast3R", images: list[UInt8[np.ndarray, "_ _ 3"]], seed: int, progress: Progress
) -> list[_Predicted]:
    """Run the model; with fewer views in flight if memory runs out.

    Raises:
        LearnedModelFailed: not enough memory even then.
    """
    import torch

    from models.fast3r import RunOptions

    on_gpu = model.device.type == "cuda"
    if not on_gpu and memory_needed_bytes(model, images) > psutil.virtual_memory().available:
        raise _no_memory(len(images))
    views = [to_tensor(image) for image in images]
    tries = [RunOptions(1, 1, output_device="cpu")]
    if on_gpu:
        tries.insert(0, RunOptions(16, 8, output_device="cpu"))
    for options in tries:
        try:
            return _run(model, views, options, seed, progress)
        except (MemoryError, torch.OutOfMemoryError):
            progress(0.0, "not enough memory: trying with fewer views in flight")
        except RuntimeError as error:
            if "alloc" not in str(error):
                raise
            progress(0.0, "not enough memory: trying with fewer views in flight")
    raise _no_memory(len(images))


def memory_needed_bytes(model: "Fast3R", images: list[UInt8[np.ndarray, "_ _ 3"]]) -> int:
    """What a pass on the CPU takes beside the weights, roughly: tokens in flight, one head, all maps.

    Asked beforehand, because Linux ends a process that uses more than there is without a word.
    """
    config = model.config
    pixels = [image.shape[0] * image.shape[1] for image in images]
    tokens = sum(pixels) // config.encoder.patch_size**2
    fusion = 18 * tokens * config.decoder.embed_dim
    head = 12 * max(pixels) * config.head.feature_dim // 2
    return int(4 * (fusion + head + 8 * sum(pixels)))


def _no_memory(count: int) -> LearnedModelFailed:
    return LearnedModelFailed(
        f"There is not enough memory for {count} photos at once.",
        "Use fewer photos for this room, or the classical backend.",
    )


def _run(
    model: "Fast3R", views: "list[Tensor]", options: "RunOptions", seed: int, progress: Progress
) -> list[_Predicted]:
    import torch

    with torch.inference_mode():
        outputs = model(
            views,
            seed=seed,
            options=options,
            report=lambda done: progress(done, f"reconstructing {len(views)} photos"),
        )
    return [_as_arrays(output, model.config.head.conf_mode) for output in outputs]


def _as_arrays(output: "ViewMaps", mode: "Mode | None") -> _Predicted:
    points = output.pts3d_in_other_view[0].numpy()
    flat = np.full(points.shape[:2], 0.5, np.float32)
    return _Predicted(
        points=points,
        confidence=flat
        if output.conf is None or mode is None
        else unit_confidence(output.conf[0].numpy(), mode),
        local=None if output.pts3d_local is None else output.pts3d_local[0].numpy(),
        local_confidence=flat
        if output.conf_local is None or mode is None
        else unit_confidence(output.conf_local[0].numpy(), mode),
    )


def unit_confidence(confidence: Float32[np.ndarray, "H W"], mode: "Mode") -> Float32[np.ndarray, "H W"]:
    """Confidence on 0 to 1: linear between finite bounds; else 1 - 1 / (1 + excess over the least)."""
    _, low, high = mode
    excess = np.maximum(np.nan_to_num(confidence, nan=low) - low, 0.0)
    unit = excess / (high - low) if np.isfinite(high) else 1.0 - 1.0 / (1.0 + excess)
    scaled: Float32[np.ndarray, "H W"] = unit.astype(np.float32)
    return scaled


def assemble(
    photos: list[RoomPhoto],
    images: list[UInt8[np.ndarray, "_ _ 3"]],
    predicted: list[_Predicted],
    backend: str,
    settings: LearnedSettings,
    progress: Progress,
) -> PointMaps:
    """Cameras and world points of every photo, in the frame of the first one.

    Raises:
        NotEnoughViews: no photo could be placed.
    """
    views: list[View] = []
    left_out: dict[str, str] = {}
    inliers: list[float] = []
    first_focal = weiszfeld_focal(predicted[0].points, predicted[0].confidence)
    for index, (photo, image, maps) in enumerate(zip(photos, images, predicted, strict=True)):
        progress(index / len(photos), f"placing photo {index + 1} of {len(photos)}")
        own = first_focal if maps.local is None else weiszfeld_focal(maps.local, maps.local_confidence)
        focal_px = own or first_focal or _DEFAULT_FOCAL_FACTOR * max(image.shape[:2])
        K = pinhole(focal_px, image.shape[1], image.shape[0])
        placed = _place(maps, K, settings)
        if placed is None:
            left_out[photo.photo_id] = "the model's points of this photo do not agree on a camera"
            continue
        world_from_camera, points, share = placed
        inliers.append(share)
        views.append(_view(photo.photo_id, image, world_from_camera, K, points, maps, settings))
    if not views:
        raise NotEnoughViews(
            "The model found no camera for any photo.",
            "Check the weights, or use the classical backend.",
            left_out,
        )
    notes = [FAST3R_LICENCE_NOTE]
    found = [share for share in inliers if share > 0]
    if found:
        notes.append(f"{100 * float(np.median(found)):.0f} % of the confident points agree with the cameras")
    if len(found) < len(inliers):
        notes.append(
            f"{len(inliers) - len(found)} photos have a doubtful camera: only the shape of their points gave it"
        )
    return PointMaps(tuple(views), backend, left_out=left_out, notes=tuple(notes))


def _place(
    maps: _Predicted, K: np.ndarray, settings: LearnedSettings
) -> tuple[np.ndarray, Float32[np.ndarray, "H W 3"], float] | None:
    """Pose, world points, and the share of confident points that agree with the pose."""
    use = confident(maps.confidence, settings.pose_share)
    found = pnp_pose(maps.points, use, K, settings.seed)
    moved = None if maps.local is None else fit_similarity(maps.local[use], maps.points[use])
    if found is None and moved is None:
        return None
    points = maps.points if moved is None or maps.local is None else moved(maps.local).astype(np.float32)
    if found is not None:
        return found[0], points, found[1]
    return (moved.pose(), points, 0.0) if moved is not None else None


def _view(
    photo_id: str,
    image: UInt8[np.ndarray, "H W 3"],
    world_from_camera: np.ndarray,
    K: np.ndarray,
    points: Float32[np.ndarray, "H W 3"],
    maps: _Predicted,
    settings: LearnedSettings,
) -> View:
    """A view without the least confident pixels and without points behind its camera."""
    confidence = maps.confidence if maps.local is None else maps.local_confidence
    ahead = (points - world_from_camera[:3, 3]) @ world_from_camera[:3, 2] > 0
    kept = confident(confidence, settings.kept_share) & np.isfinite(points).all(axis=2) & ahead
    return View(
        photo_id=photo_id,
        image=image,
        world_from_camera=world_from_camera,
        K=K,
        points=np.where(kept[..., None], points, np.nan).astype(np.float32),
        confidence=np.where(kept, confidence, 0.0).astype(np.float32),
        source=np.where(kept, Source.MEASURED, Source.NONE).astype(np.uint8),
    )
