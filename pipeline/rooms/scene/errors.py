"""Everything that can go wrong while a room is reconstructed.

::

    RoomError                    what happened, and what to do about it
    |-- NotEnoughPhotos          fewer photos than a room needs (0 or 1)
    |-- NotEnoughViews           photos there are, but they do not show the same things
    |-- BetterApart              placed together, the photos make a worse room than each by itself
    |-- UnreadablePhoto          a photo file that cannot be decoded
    `-- EmptySurface             the point maps hold too little for a surface
"""

from pipeline.errors import Impossible


class RoomError(Impossible):
    """A room could not be reconstructed: what happened, what to do, and which photos were left out."""


class NotEnoughPhotos(RoomError):
    """Fewer photos than a room needs."""


class NotEnoughViews(RoomError):
    """The photos do not share enough of the room to tell where they were taken."""


class BetterApart(RoomError):
    """Photos were placed together, but the room that they make does not show what they show."""


class UnreadablePhoto(RoomError):
    """A photo file that cannot be decoded."""


class EmptySurface(RoomError):
    """The point maps hold too few confident points for a surface."""


class LearnedModelFailed(RoomError):
    """A learned model cannot run here and now (weights or memory); another backend can stand in."""

    lasting = False
