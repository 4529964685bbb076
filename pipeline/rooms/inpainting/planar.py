"""The default without weights: planes are completed from their own light and texture, the rest by patches.

Every plane is taken apart into slowly varying light and texture. Light is continued over the hole (robust
trend and membrane). Texture is grain with the plane's own covariance, where the plane is nearly textureless;
else it is synthesised in a fronto-parallel canvas from the plane's own patches, guided by its regularity (He
and Sun 2012; Huang, Kang, Ahuja and Kopf 2014). Seams are closed by the most likely continuation of the
difference at the border.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, UInt8

from pipeline.progress import Progress
from pipeline.rooms.inpainting.hole import Hole, InpaintingError
from pipeline.rooms.inpainting.planar_fill import PlaneFiller, fill_by_patches
from pipeline.rooms.inpainting.planar_hidden import colour_hidden_planes, without_speckles

#: larger pictures are completed at half their size or less, px; set by hand for time, effect not measured
_LONGEST_PX = 1280
#: share of the time until what lies on no plane is filled, share; set by hand, for the bar of progress
_PLANES_PART = 0.85


@dataclass(frozen=True)
class PlanarInpainter:
    """Plane-aware completion.

    Attributes:
        texture_share: amplitude of texture that cannot be predicted, as a share of the known texture's. A full
            amplitude doubles the error where texture is random, none looks washed out.
    """

    texture_share: float = 0.25

    def __post_init__(self) -> None:
        if not 0.0 <= self.texture_share <= 1.0:
            raise ValueError(f"texture_share must lie between 0 and 1, not {self.texture_share}")

    @property
    def name(self) -> str:
        """Under which it is chosen and reported."""
        return "planar"

    @property
    def queue(self) -> str:
        """Whose workers run it."""
        return "cpu"

    @property
    def version(self) -> str:
        """Changes whenever its results change."""
        return f"3-{self.texture_share:g}"

    def fill(self, hole: Hole, progress: Progress) -> UInt8[np.ndarray, "H W 3"]:
        """Fill the hole; pixels outside it stay bit-identical.

        Pictures with a side above 1280 px are completed at reduced size and enlarged in the hole.

        Raises:
            InpaintingError: when every pixel is hidden: there is nothing to take colours from.
            Cancelled: from ``progress``.
        """
        progress(0.0, "completing planes")
        if not hole.mask.any():
            return hole.image.copy()
        if hole.mask.all():
            raise InpaintingError(
                "Every pixel of the picture is hidden.", "Give a mask that leaves a part known."
            )
        factor = -(-max(hole.mask.shape) // _LONGEST_PX)
        filled = self._fill(hole if factor == 1 else _reduced(hole, factor), progress)
        if factor > 1:
            filled = _enlarged(filled, hole.mask.shape, factor)
        eight_bit = np.clip(np.rint(filled), 0, 255).astype(np.uint8)
        progress(1.0, "planes completed")
        return np.where(hole.mask[..., None], eight_bit, hole.image).astype(np.uint8)

    def _fill(self, hole: Hole, progress: Progress) -> Float32[np.ndarray, "H W 3"]:
        hole = without_speckles(hole)
        picture = np.where(hole.mask[..., None], 0, hole.image).astype(np.float32)
        left = hole.mask.copy()
        if hole.planes is not None:
            used = np.unique(hole.planes.labels[hole.mask])
            used = used[used >= 0]
            filler = PlaneFiller(hole, self.texture_share)
            for number, plane in enumerate(used):
                part = progress.part(_PLANES_PART * number / len(used), _PLANES_PART * (number + 1) / len(used))
                done = filler.fill(int(plane), picture, part)
                left &= ~done
            done = colour_hidden_planes(hole, picture, left)
            left &= ~done
        if left.any():
            fill_by_patches(picture, left, hole.seed, progress.part(_PLANES_PART, 1.0))
        return picture


def _reduced(hole: Hole, factor: int) -> Hole:
    """The hole at ``1 / factor`` of its size; a small pixel is hidden if any of its pixels is."""
    from dataclasses import replace

    height, width = (-(-side // factor) for side in hole.mask.shape)
    pad = ((0, height * factor - hole.mask.shape[0]), (0, width * factor - hole.mask.shape[1]))

    def blocks(array: np.ndarray) -> np.ndarray:
        padded = np.pad(array, pad + ((0, 0),) * (array.ndim - 2), mode="edge")
        return padded.reshape(height, factor, width, factor, *array.shape[2:])

    image = np.rint(blocks(hole.image).mean(axis=(1, 3), dtype=np.float32)).astype(np.uint8)
    mask = np.asarray(blocks(hole.mask).any(axis=(1, 3)))
    K, planes = hole.K, hole.planes
    if K is not None:
        shift = (factor - 1) / 2.0
        K = np.array([[1 / factor, 0, -shift / factor], [0, 1 / factor, -shift / factor], [0, 0, 1]]) @ K
    if planes is not None:
        labels = blocks(planes.labels)[:, factor // 2, :, factor // 2]
        planes = replace(planes, labels=labels)
    return Hole(image, mask, K, planes, hole.seed)


def _enlarged(
    values: Float32[np.ndarray, "h w 3"], shape: tuple[int, int], factor: int
) -> Float32[np.ndarray, "H W 3"]:
    import cv2

    size = (values.shape[1] * factor, values.shape[0] * factor)
    large = cv2.resize(values, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, dtype=np.float32)[: shape[0], : shape[1]]
