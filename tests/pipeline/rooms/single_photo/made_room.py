"""A made room that is one box, seen by one camera, and what a perfect eye would say of it."""

import itertools
from dataclasses import dataclass
from functools import cache
from itertools import islice

import cv2
import numpy as np
from jaxtyping import Bool, Float

from models.eye.config import SIDES
from pipeline.distill.rooms import Camera, Room, Side, View, random_room
from pipeline.rooms.layout.layout import LayoutBox
from pipeline.rooms.prior.prior import Prior, scaled

WIDTH_PX, HEIGHT_PX = 224, 168
#: so much in front of walls, floor and ceiling is a piece of furniture, metres
FURNITURE_M = 0.25
#: the room is one box where so much of the picture is within so much of it; and how much may show furniture
_ONE_BOX, _SAME, _FURNISHED = 0.93, 0.02, (0.1, 0.45)


@dataclass(frozen=True)
class MadeRoom:
    """A view of a made room and its box."""

    view: View
    box: LayoutBox

    @property
    def box_depth_m(self) -> Float[np.ndarray, "H W"]:
        """Depth of the empty box."""
        return self.box.depth_m(WIDTH_PX, HEIGHT_PX)

    @property
    def furniture(self) -> Bool[np.ndarray, "H W"]:
        """Pixels of what stands well in front of the room."""
        far: Bool[np.ndarray, "H W"] = self.view.box_depth_m - self.view.depth_m > FURNITURE_M
        return far

    def nearer(self, depth_m: Float[np.ndarray, "H W"]) -> float:
        """Share of the furniture whose depth is nearer to the truth than the box is."""
        off, box_off = np.abs(depth_m - self.view.depth_m), np.abs(self.box_depth_m - self.view.depth_m)
        return float((off < box_off)[self.furniture].mean())

    def prior(self, scale: float = 1.0, drift: float = 0.0) -> Prior:
        """What a perfect eye would say at its own size, its depth off by a factor and a slope."""
        size = (WIDTH_PX // 2, HEIGHT_PX // 2)
        height, width = size[::-1]
        depth = cv2.resize(self.view.depth_m, size, interpolation=cv2.INTER_AREA) * scale
        depth = depth * np.exp(drift * np.linspace(-1, 1, width))
        sides = (self.view.side[..., None] == np.arange(len(SIDES))).astype(np.float32)
        thing = (self.view.side == Side.THING).astype(np.float32)
        edge = np.abs(thing - cv2.blur(thing, (5, 5)))
        return Prior(
            (depth / self.view.camera.height_m).astype(np.float32),
            np.full((height, width), 0.1, np.float32),
            cv2.resize(sides, size, interpolation=cv2.INTER_AREA),
            cv2.resize(self.view.normal, size, interpolation=cv2.INTER_AREA),
            cv2.resize(edge, size, interpolation=cv2.INTER_AREA),
            scaled(self.box.K, 0.5, 0.5),
            self.view.camera.down,
            True,
            0.0,
            0.0,
        )


@cache
def made_rooms(count: int) -> tuple[MadeRoom, ...]:
    """The first seeds whose main part fills the picture and which show furniture enough."""
    return tuple(islice(filter(None, map(_made_room, itertools.count())), count))


def _made_room(seed: int) -> MadeRoom | None:
    room = random_room(seed)
    view = room.view(next(room.cameras(WIDTH_PX, HEIGHT_PX)))
    made = MadeRoom(view, _box_around(room, view.camera))
    one_box = (np.abs(made.box_depth_m / view.box_depth_m - 1) < _SAME).mean() > _ONE_BOX
    least, most = _FURNISHED
    return made if one_box and least < made.furniture.mean() < most else None


def _box_around(room: Room, camera: Camera) -> LayoutBox:
    low, high = room.box_m
    place, turn = camera.world_from_camera[:3, 3], camera.world_from_camera[:3, :3]
    across = 0 if abs(turn[0, 2]) > abs(turn[2, 2]) else 2
    forward, up = np.zeros(3), np.array([0.0, 1.0, 0.0])
    forward[across] = np.sign(turn[across, 2])
    right = np.cross(up, forward) * np.sign(np.cross(up, forward) @ turn[:, 0])
    toward = np.stack([forward, -right, right, -up, up])
    distance = np.where(toward > 0, high - place, place - low)[np.arange(5), np.abs(toward).argmax(axis=1)]
    frame = turn.T @ np.stack([right, forward, up], axis=1)
    return LayoutBox(frame, camera.K, distance, (True,) * 5, 0.1)
