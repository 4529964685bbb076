"""A plane of the room seen straight on: the homography between a picture and the plane's own canvas."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32

#: longer side of a canvas at most, px; set by hand for time, effect not measured
_LONGEST_PX = 720
#: pixels of a canvas at most, px; set by hand for time, effect not measured
_MOST_PX = 300_000
#: canvases with a shorter side, or fewer pixels to fill, are none, px; by definition: a patch has seven
_SHORTEST_PX = 8
#: tails of a plane's pixels that do not tell how large it is, percent; set by hand, effect not measured
_EXTENT_PERCENT = 0.5
#: all, percent; by definition
_PERCENT = 100
#: planes seen at a flatter angle have no canvas, sine; by hand on the planar cases, effect by itself not
#: measured
_GRAZING = 0.04
#: resolution where no pixel of the hole has neighbours, px per metre; set by hand, effect not measured
_USUAL_DENSITY = 100.0


@dataclass(frozen=True)
class Canvas:
    """A fronto-parallel picture of a plane.

    Attributes:
        image_from_canvas: homography of pixels, canvas to picture.
        shape: rows and columns of the canvas.
    """

    image_from_canvas: Float[np.ndarray, "3 3"]
    shape: tuple[int, int]

    def from_image(self, values: Float32[np.ndarray, "H W C"]) -> Float32[np.ndarray, "h w C"]:
        """Sample a picture on the canvas (bilinear)."""
        import cv2

        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        warped = cv2.warpPerspective(values, self.image_from_canvas, self.shape[::-1], flags=flags)
        return np.asarray(warped, dtype=np.float32).reshape(*self.shape, values.shape[2])

    def covered(self, mask: Bool[np.ndarray, "H W"], threshold: float) -> Bool[np.ndarray, "h w"]:
        """Canvas pixels that lie on the mask by at least ``threshold`` of their bilinear support."""
        return np.asarray(self.from_image(mask[..., None].astype(np.float32))[..., 0] >= threshold)

    def to_image(
        self, values: Float32[np.ndarray, "h w C"], where: Bool[np.ndarray, "H W"]
    ) -> tuple[Float32[np.ndarray, "H W C"], Bool[np.ndarray, "H W"]]:
        """Bring a canvas into the picture (bicubic).

        Returns:
            the values at ``where``, zero elsewhere; which of these pixels lie on the canvas.
        """
        import cv2

        height, width = where.shape
        canvas_from_image = np.linalg.inv(self.image_from_canvas)
        y, x = np.nonzero(where)
        at = np.stack([x, y, np.ones(len(x))], axis=-1).astype(np.float64) @ canvas_from_image.T
        depth_sign = np.sign(self.image_from_canvas[2] @ np.array([self.shape[1] / 2, self.shape[0] / 2, 1.0]))
        facing = at[:, 2] * depth_sign > 0
        place = (at[:, :2] / np.where(facing, at[:, 2], 1.0)[:, None]).astype(np.float32)
        on = facing & (place >= -0.5).all(axis=1) & (place <= np.array(self.shape[::-1]) - 0.5).all(axis=1)
        full = np.zeros((height, width, 2), dtype=np.float32)
        full[y, x] = np.where(on[:, None], place, 0.0)
        sampled = cv2.remap(
            values, full[..., 0], full[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )  # fmt: skip
        hit = np.zeros((height, width), dtype=bool)
        hit[y[on], x[on]] = True
        sampled = np.asarray(sampled, dtype=np.float32).reshape(height, width, values.shape[2])
        return np.where(hit[..., None], sampled, 0.0).astype(np.float32), hit


def plane_places(
    K: Float[np.ndarray, "3 3"],
    normal: Float[np.ndarray, " 3"],
    offset: float,
    axes: Float[np.ndarray, "2 3"],
    shape: tuple[int, int],
) -> tuple[Float[np.ndarray, "H W 2"], Bool[np.ndarray, "H W"]]:
    """Where in a plane every pixel of a picture looks at.

    Returns:
        metres along the two axes from the foot of the camera (zero where the ray misses the plane); which rays
        meet the plane in front of the camera, and not at a grazing angle (sine below 0.04).
    """
    ys, xs = np.indices(shape)
    rays = np.stack([xs, ys, np.ones(shape)], axis=-1) @ np.linalg.inv(K).T
    towards = rays @ normal
    meets = (towards * offset > 0) & (np.abs(towards) > _GRAZING * np.linalg.norm(rays, axis=-1))
    points = rays * (offset / np.where(meets, towards, 1.0))[..., None]
    return np.where(meets[..., None], points @ np.asarray(axes).T, 0.0), meets


def canvas_of(
    K: Float[np.ndarray, "3 3"],
    normal: Float[np.ndarray, " 3"],
    offset: float,
    axes: Float[np.ndarray, "2 3"],
    hidden: Bool[np.ndarray, "H W"],
    seen: Bool[np.ndarray, "H W"],
) -> Canvas | None:
    """The canvas for the hidden and the seen pixels of a plane; ``None`` where it is too small or grazing.

    Its resolution is that of the picture in the hole (geometric mean over both axes, median over the hole), its
    longer side at most 720 pixels, whatever the angle.
    """
    places, meets = plane_places(K, normal, offset, axes, hidden.shape)
    use = (hidden | seen) & meets
    if (hidden & meets).sum() < _SHORTEST_PX or (seen & meets).sum() < _SHORTEST_PX:
        return None
    tail = _EXTENT_PERCENT
    low = np.minimum(*(np.percentile(places[part & meets], tail, axis=0) for part in (hidden, seen)))
    high = np.maximum(
        *(np.percentile(places[part & meets], _PERCENT - tail, axis=0) for part in (hidden, seen))
    )
    extent = np.maximum(high - low, 1e-6)
    density = _density(places, hidden & meets & use)
    density = min(density, _LONGEST_PX / float(extent.max()), float(np.sqrt(_MOST_PX / extent.prod())))
    columns, rows = (int(np.ceil(side * density)) + 1 for side in extent)
    if min(columns, rows) < _SHORTEST_PX:
        return None
    # canvas (x, y) -> plane metres -> camera -> picture; the second axis is drawn downwards
    origin = normal * offset + low[0] * axes[0] + high[1] * axes[1]
    homography = K @ np.stack([axes[0] / density, -axes[1] / density, origin], axis=1)
    return Canvas(homography / np.abs(homography).max(), (rows, columns))


def _density(places: Float[np.ndarray, "H W 2"], hidden: Bool[np.ndarray, "H W"]) -> float:
    """Pixels per metre in the hole."""
    along_x = np.diff(places, axis=1)[:-1]
    along_y = np.diff(places, axis=0)[:, :-1]
    inside = hidden[:-1, :-1] & hidden[:-1, 1:] & hidden[1:, :-1]
    area = np.abs(along_x[..., 0] * along_y[..., 1] - along_x[..., 1] * along_y[..., 0])[inside]
    return 1.0 / float(np.sqrt(max(float(np.median(area)), 1e-12))) if area.size else _USUAL_DENSITY
