"""Photographs a demo room: scene, light, one JPEG with EXIF per camera, and the ground truth beside it."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from pipeline.progress import Progress
from tools.demo_renderer.cameras import FOCAL_35MM, Camera
from tools.demo_renderer.ground_truth import write_cameras, write_mesh, write_view
from tools.demo_renderer.light.light import BakedLight, bake
from tools.demo_renderer.light.render import develop, radiance
from tools.demo_renderer.light.tracer import Tracer
from tools.demo_renderer.rooms import bedroom, living_room
from tools.demo_renderer.scene import Scene

SEED = 20250601
CAMERA_NAME = "ShowRoom synthetic camera"
CAPTION = "Synthetic photo, rendered by ShowRoom"
JPEG_QUALITY = 93
CameraPlan = Callable[[int, int, int], list[Camera]]
ROOMS: dict[str, tuple[Callable[[], Scene], CameraPlan]] = {
    "living-room": (living_room.build, living_room.cameras),
    "bedroom": (bedroom.build, bedroom.cameras),
}


@dataclass(frozen=True)
class Studio:
    """A furnished and lit room, ready to be photographed with ``side`` x ``side`` samples per pixel."""

    room: str
    tracer: Tracer
    baked: BakedLight
    side: int

    @classmethod
    def furnish(cls, room: str, side: int, progress: Progress) -> Self:
        """Build the room and work out its light."""
        progress(0.0, f"{room}: furnishing")
        tracer = Tracer(ROOMS[room][0]())
        return cls(room, tracer, bake(tracer, side, progress.part(0.3, 1.0)), side)

    def cameras(self, size_px: tuple[int, int], views: int) -> list[Camera]:
        """Where the photographer stands for ``views`` photos."""
        return ROOMS[self.room][1](*size_px, views)

    def photograph(self, camera: Camera, number: int, progress: Progress) -> UInt8[np.ndarray, "H W 3"]:
        """The photo of the camera with this number (it seeds the noise)."""
        linear = radiance(self.tracer, self.baked, camera, self.side, number, progress)
        return develop(linear, self.tracer.scene.exposure, SEED + number)


def photo_name(room: str, number: int) -> str:
    """Name of a photo, without suffix; ``number`` counts from 0."""
    return f"{room}-{number + 1:02d}"


def photograph_room(
    room: str, size_px: tuple[int, int], side: int, views: int, folder: Path, progress: Progress
) -> Iterator[Path]:
    """Render ``views`` photos of ``room`` with ``side`` x ``side`` samples per pixel.

    Writes ``photos/<room>-01.jpg`` and so on and ``ground_truth/<room>/`` below ``folder``; yields each photo.
    """
    truth = folder / "ground_truth" / room
    (folder / "photos").mkdir(parents=True, exist_ok=True)
    truth.mkdir(parents=True, exist_ok=True)
    studio = Studio.furnish(room, side, progress.part(0.0, 0.14))
    write_mesh(studio.tracer.scene, truth / "mesh.ply")
    frames = []
    for k, camera in enumerate(studio.cameras(size_px, views)):
        part = progress.part(0.14 + 0.86 * k / views, 0.14 + 0.86 * (k + 1) / views)
        image = studio.photograph(camera, k, _prefixed(part, f"{room}, photo {k + 1} of {views}: "))
        name = photo_name(room, k)
        file = folder / "photos" / f"{name}.jpg"
        file.write_bytes(encode_jpeg(image))
        frames.append(write_view(studio.tracer, camera, name, f"../../photos/{file.name}", truth))
        yield file
    write_cameras(studio.tracer.scene, frames, truth)


def _prefixed(progress: Progress, prefix: str) -> Progress:
    return Progress(lambda fraction, message: progress(fraction, prefix + message))


def encode_jpeg(image: UInt8[np.ndarray, "H W 3"]) -> bytes:
    """A JPEG whose EXIF tells the focal length, the camera and that the photo is synthetic."""
    make, model = CAMERA_NAME.split(" ", 1)
    exif = Image.Exif()
    exif[0x010E] = CAPTION
    exif[0x010F] = make
    exif[0x0110] = model
    exif.get_ifd(0x8769).update({0x920A: float(FOCAL_35MM), 0xA405: FOCAL_35MM})
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0, exif=exif)
    return buffer.getvalue()
