"""Photos straight to point maps by a network with weights of Fast3R's published layout."""

from pathlib import Path

from pipeline.progress import Progress
from pipeline.rooms.learned.frame import to_room_frame
from pipeline.rooms.learned.maps import LearnedSettings, assemble
from pipeline.rooms.learned.model import load_model, predict
from pipeline.rooms.learned.tensors import prepare
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.scene import NotEnoughPhotos, PointMaps


def learned_point_maps(
    photos: list[RoomPhoto],
    name: str,
    weights: Path,
    version: str,
    settings: LearnedSettings,
    progress: Progress,
) -> PointMaps:
    """Reconstruct all photos together.

    Args:
        photos: at least one.
        name: of the backend, as the point maps report it.
        weights: folder of its weights.
        version: of the weights; the model stays loaded as long as it is the same.

    Raises:
        NotEnoughPhotos: there is none.
        LearnedModelFailed: weights that cannot be used, or not enough memory.
    """
    if not photos:
        raise NotEnoughPhotos("The room has no photo.", "Add at least one, better five.")
    progress(0.0, f"loading {name}")
    model = load_model(str(weights), version)
    progress(0.05, "reading photos")
    images = [prepare(p, settings.longer_px, model.config.encoder.patch_size) for p in photos]
    predicted = predict(model, images, settings.seed, progress.part(0.05, 0.85))
    maps = to_room_frame(assemble(photos, images, predicted, name, settings, progress.part(0.85, 0.95)))
    progress(1.0, "point maps")
    return maps
