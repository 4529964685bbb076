"""Pieces of a mesh that know which pixel of which picture they show."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from pipeline.rooms.scene import View

#: least z-depth of a vertex that the photo can show, metres; set by hand, effect not measured
_LEAST_DEPTH_M = 0.05


@dataclass(frozen=True)
class Part:
    """A piece of a mesh.

    Attributes:
        vertices: room frame, metres.
        faces: vertex indices, counter-clockwise from where they are seen.
        colors: sRGB of every vertex.
        source: :class:`pipeline.rooms.scene.Source` of every vertex.
        pixel: of the view's picture that every vertex shows, NaN where it shows none.
    """

    vertices: Float[np.ndarray, "V 3"]
    faces: Int[np.ndarray, "F 3"]
    colors: UInt8[np.ndarray, "V 3"]
    source: UInt8[np.ndarray, " V"]
    pixel: Float[np.ndarray, "V 2"]

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """All of them as one."""
        starts = np.cumsum([0, *(len(part.vertices) for part in parts[:-1])])
        faces = np.concatenate([part.faces + start for part, start in zip(parts, starts, strict=True)])
        columns = {f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)}
        return cls(**{**columns, "faces": faces})


def pixels_of(
    view: View, points: Float[np.ndarray, "N 3"]
) -> tuple[Float[np.ndarray, "N 2"], Bool[np.ndarray, " N"]]:
    """Where points of the room lie in the picture of a view, and which of them lie in it."""
    local = (points - view.centre) @ view.world_from_camera[:3, :3]
    pixel = (local @ view.K.T)[:, :2] / np.maximum(local[:, 2:], 1e-6)
    height, width = view.image.shape[:2]
    inside = (local[:, 2] > _LEAST_DEPTH_M) & (
        np.abs(pixel - [(width - 1) / 2, (height - 1) / 2]) <= [width / 2, height / 2]
    ).all(axis=1)
    return pixel, inside


def sampled(picture: UInt8[np.ndarray, "H W C"], pixel: Float[np.ndarray, "N 2"]) -> UInt8[np.ndarray, "N C"]:
    """Colours of a picture between its pixels."""
    height, width = picture.shape[:2]
    at = np.clip(pixel, 0, [width - 1, height - 1])
    x, y = np.minimum(at.astype(int), [max(width - 2, 0), max(height - 2, 0)]).T
    fx, fy = (at - np.stack([x, y], axis=1)).T[..., None]
    x1, y1 = np.minimum(x + 1, width - 1), np.minimum(y + 1, height - 1)
    above = (1 - fx) * picture[y, x] + fx * picture[y, x1]
    below = (1 - fx) * picture[y1, x] + fx * picture[y1, x1]
    found: UInt8[np.ndarray, "N C"] = np.rint((1 - fy) * above + fy * below).astype(np.uint8)
    return found


def triangles(index: Int[np.ndarray, "A B"], kept: Bool[np.ndarray, "C D"]) -> Int[np.ndarray, "F 3"]:
    """Two triangles for every kept cell of a grid, turning from the first to the second axis."""
    a, b = index[:-1, :-1][kept], index[1:, :-1][kept]
    c, d = index[1:, 1:][kept], index[:-1, 1:][kept]
    return np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
