"""The demo's shipped photos with the cameras that the renderer drew them with."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float
from PIL import Image

from pipeline.rooms.photos import RoomPhoto
from tools.demo_renderer.photographs import ROOMS, photo_name
from tools.demo_renderer.shipped import PHOTOS

_VIEWS = 8


@dataclass(frozen=True, eq=False)
class DemoPhoto:
    """A photo of the demo as the pipeline reads it, and its true pose (z up, metres)."""

    photo: RoomPhoto
    room: str
    K: Float[np.ndarray, "3 3"]
    world_from_camera: Float[np.ndarray, "4 4"]


@cache
def demo_photo(room: str, number: int) -> DemoPhoto:
    """A photo by its room and number, from 0; its focal length is left out, as in most listings."""
    name = photo_name(room, number)
    path = PHOTOS / f"{name}.jpg"
    with Image.open(path) as opened:
        size = opened.size
    camera = ROOMS[room][1](*size, _VIEWS)[number]
    return DemoPhoto(RoomPhoto(name, path, *size), room, camera.K, camera.world_from_camera)
