"""Random furnished rooms, drawn with exact depth, normals and labels: data that this project makes itself.

::

    room = random_room(seed=7)
    for view in room.views(5):          # overlapping cameras
        view.rgb, view.depth_m, view.points, view.camera.world_from_camera
"""

from pipeline.distill.rooms.arrays import Side
from pipeline.distill.rooms.camera import Camera
from pipeline.distill.rooms.room import Room, random_room
from pipeline.distill.rooms.view import View

__all__ = ["Camera", "Room", "Side", "View", "random_room"]
