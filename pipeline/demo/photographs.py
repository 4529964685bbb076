"""Photographs a demo room: scene, light, one JPEG with EXIF per camera, and the ground truth beside it."""

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from pipeline.demo import bedroom, living_room
from pipeline.demo.cameras import FOCAL_35MM, Camera
from pipeline.demo.ground_truth import write_cameras, write_mesh, write_view
from pipeline.demo.light import bake
from pipeline.demo.render import develop, radiance
from pipeline.demo.scene import Scene
from pipeline.demo.tracer import Tracer
from pipeline.progress import Progress
from scrapers.listing import Photo

JPEG_QUALITY = 93
CameraPlan = Callable[[int, int, int], list[Camera]]
ROOMS: dict[str, tuple[Callable[[], Scene], CameraPlan]] = {
    "living-room": (living_room.build, living_room.cameras),
    "bedroom": (bedroom.build, bedroom.cameras),
}


def photograph_room(
    room: str,
    size_px: tuple[int, int],
    side: int,
    views: int,
    seed: int,
    folder: Path,
    camera_name: str,
    progress: Progress,
) -> list[Photo]:
    """Render ``views`` photos of ``room`` with ``side`` x ``side`` samples per pixel.

    Writes ``photos/<id>.jpg`` and ``ground_truth/<room>/`` below ``folder`` and returns the photos in order.
    """
    build, plan = ROOMS[room]
    truth = folder / "ground_truth" / room
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    truth.mkdir(parents=True, exist_ok=True)
    progress(0.0, f"{room}: furnishing")
    scene = build()
    tracer = Tracer(scene)
    baked = bake(tracer, side, progress.part(0.04, 0.14))
    write_mesh(scene, truth / "mesh.ply")
    photos, frames = [], []
    for k, camera in enumerate(plan(*size_px, views)):
        part = progress.part(0.14 + 0.86 * k / views, 0.14 + 0.86 * (k + 1) / views)
        named = _prefixed(part, f"{room}, photo {k + 1} of {views}: ")
        image = develop(radiance(tracer, baked, camera, side, k, named), scene.exposure, seed + k)
        name = f"{room}-{k + 1:02d}"
        data = encode_jpeg(image, camera_name)
        photo = _stored(data, name, camera, camera_name, folder)
        photos.append(photo)
        frames.append(write_view(tracer, camera, name, f"../../{photo.file}", truth))
    write_cameras(scene, frames, truth)
    return photos


def _prefixed(progress: Progress, prefix: str) -> Progress:
    return Progress(lambda fraction, message: progress(fraction, prefix + message))


def _stored(data: bytes, name: str, camera: Camera, camera_name: str, folder: Path) -> Photo:
    identity = hashlib.sha256(data).hexdigest()[:16]
    file = f"photos/{identity}.jpg"
    (folder / file).write_bytes(data)
    return Photo(
        id=identity,
        file=file,
        width_px=camera.width,
        height_px=camera.height,
        focal_px=camera.focal_px,
        camera=camera_name,
        original=f"{name}.jpg",
        caption="Synthetic photo, rendered by ShowRoom",
    )


def encode_jpeg(image: UInt8[np.ndarray, "H W 3"], camera_name: str) -> bytes:
    """A JPEG whose EXIF tells the focal length, the camera and that the photo is synthetic."""
    make, model = camera_name.split(" ", 1)
    exif = Image.Exif()
    exif[0x010E] = "Synthetic photo, rendered by ShowRoom"
    exif[0x010F] = make
    exif[0x0110] = model
    exif.get_ifd(0x8769).update({0x920A: float(FOCAL_35MM), 0xA405: FOCAL_35MM})
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0, exif=exif)
    return buffer.getvalue()
