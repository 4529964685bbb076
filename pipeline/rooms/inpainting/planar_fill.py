"""Completion of one plane, and of what lies on no plane."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32
from scipy import ndimage

from pipeline.progress import Progress
from pipeline.rooms.inpainting.conditional import conditional_mean, half_lengths_px
from pipeline.rooms.inpainting.hole import Hole
from pipeline.rooms.inpainting.light import membrane
from pipeline.rooms.inpainting.planar_light import continue_light, own_surface
from pipeline.rooms.inpainting.rectify import Canvas, canvas_of, plane_places
from pipeline.rooms.inpainting.synthesis import Texture, synthesize
from pipeline.rooms.inpainting.texture_statistics import (
    amplitude,
    as_stored,
    gradient_amplitude,
    grain,
    regularity,
)

_MIN_KNOWN_PX = 40
_TEXTURED = 4.0
_FAINT = 2.0
_MOST_GRAIN = 0.7
_SEAM_PX = 6.0
_MOST_SHARPENED = 2.0
_PREFERENCE = 0.3
_CONTEXT_PX = 140
_LOCALITY = 0.5


@dataclass(frozen=True)
class PlaneFiller:
    """Fills the hidden part of the planes of one picture.

    Attributes:
        hole: the picture.
        texture_share: amplitude of what cannot be predicted.
    """

    hole: Hole
    texture_share: float

    def fill(
        self, plane: int, picture: Float32[np.ndarray, "H W 3"], progress: Progress
    ) -> Bool[np.ndarray, "H W"]:
        """Write one plane's hidden pixels into ``picture``; returns what was written."""
        planes, K = self.hole.planes, self.hole.K
        if planes is None or K is None:
            raise ValueError("the picture has no planes")
        on = planes.labels == plane
        hidden, known = on & self.hole.mask, _clean(on, self.hole.mask)
        if known.sum() < _MIN_KNOWN_PX or not hidden.any():
            return np.zeros_like(hidden)
        places, _ = plane_places(K, planes.normals[plane], planes.offsets[plane], planes.axes[plane], on.shape)
        known = own_surface(picture, known, hidden, places)
        elsewhere = ~on & (planes.labels >= 0)
        light = continue_light(picture, known, hidden, places, self.hole.mask, elsewhere)
        progress(0.15, "light of the planes continued")
        residual = np.where((known | hidden)[..., None], picture - light, 0.0).astype(np.float32)
        residual[hidden] = 0.0
        if amplitude(residual, known) < _TEXTURED:
            texture = self._grain(residual, known, hidden)
        else:
            canvas = canvas_of(
                K, planes.normals[plane], planes.offsets[plane], planes.axes[plane], hidden, known
            )
            texture = self._texture(canvas, residual, known, hidden, progress.part(0.15, 0.95))
        nearest = ndimage.distance_transform_edt(~hidden, return_distances=False, return_indices=True)
        missing = np.where(known[..., None], residual - texture[tuple(nearest)], 0.0).astype(np.float32)
        seam = conditional_mean(missing, known, hidden, half_lengths_px(residual, known))
        picture[hidden] = as_stored((light + texture + seam)[hidden], picture, known)
        return np.asarray(hidden)

    def _grain(
        self,
        residual: Float32[np.ndarray, "H W 3"],
        known: Bool[np.ndarray, "H W"],
        hidden: Bool[np.ndarray, "H W"],
    ) -> Float32[np.ndarray, "H W 3"]:
        rng = np.random.default_rng([self.hole.seed, 1])
        made = self._share(residual, known) * grain(residual, known, hidden.shape, rng)
        return np.where(hidden[..., None], made, 0.0).astype(np.float32)

    def _share(self, residual: Float32[np.ndarray, "H W 3"], known: Bool[np.ndarray, "H W"]) -> float:
        """All of a faint grain, ``texture_share`` of a strong one (whose error would count)."""
        return float(
            np.clip(
                _FAINT / max(amplitude(residual, known), 1e-3),
                self.texture_share,
                max(self.texture_share, _MOST_GRAIN),
            )
        )

    def _texture(
        self,
        canvas: Canvas | None,
        residual: Float32[np.ndarray, "H W 3"],
        known: Bool[np.ndarray, "H W"],
        hidden: Bool[np.ndarray, "H W"],
        progress: Progress,
    ) -> Float32[np.ndarray, "H W 3"]:
        """Synthesise in the canvas; grain where that is not possible."""
        if canvas is None:
            return self._grain(residual, known, hidden)
        values = canvas.from_image(residual)
        seen, inside = canvas.covered(known, 0.98), canvas.covered(hidden, 0.01)
        seen &= ~inside
        if not inside.any():
            return self._grain(residual, known, hidden)
        repeats = regularity(values, seen)
        variance = float(values[seen].var()) if seen.any() else 0.0
        texture = Texture(values, seen, inside, repeats.offsets, _PREFERENCE * repeats.strength * variance)
        made = synthesize(texture, self.hole.seed, progress)
        if made is None:
            return self._grain(residual, known, hidden)
        sampled, hit = canvas.to_image(made, hidden)
        sampled -= sampled[hidden].mean(axis=0)
        share = max(self._share(residual, known), repeats.strength)
        lost = gradient_amplitude(residual, known) / max(gradient_amplitude(sampled, hit), 1e-3)
        sampled *= share * float(np.clip(lost, 0.5, _MOST_SHARPENED))
        return np.where(hidden[..., None], sampled, 0.0).astype(np.float32)


def _clean(on: Bool[np.ndarray, "H W"], mask: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """Known pixels of a plane without the rim where other things begin (two pixels, if enough is left)."""
    known = on & ~mask
    clean = known & ndimage.binary_erosion(on, iterations=2, border_value=1)
    return np.asarray(clean if clean.sum() >= max(_MIN_KNOWN_PX, 0.3 * known.sum()) else known)


def _seam(
    residual: Float32[np.ndarray, "H W 3"],
    texture: Float32[np.ndarray, "H W 3"],
    known: Bool[np.ndarray, "H W"],
    hidden: Bool[np.ndarray, "H W"],
) -> Float32[np.ndarray, "H W 3"]:
    """Screened membrane of what is missing at the border of the hole: known texture meets the made one."""
    border = known & ndimage.binary_dilation(hidden, iterations=1)
    nearest = ndimage.distance_transform_edt(~hidden, return_distances=False, return_indices=True)
    difference = residual - texture[tuple(nearest)]
    return membrane(
        np.where(border[..., None], difference, 0.0).astype(np.float32), border, border | hidden, _SEAM_PX
    )


def fill_by_patches(
    picture: Float32[np.ndarray, "H W 3"], hidden: Bool[np.ndarray, "H W"], seed: int, progress: Progress
) -> None:
    """Complete what lies on no plane, in the picture itself, from coarse to fine; writes into ``picture``."""
    y, x = np.nonzero(hidden)
    rows = slice(max(int(y.min()) - _CONTEXT_PX, 0), int(y.max()) + _CONTEXT_PX + 1)
    columns = slice(max(int(x.min()) - _CONTEXT_PX, 0), int(x.max()) + _CONTEXT_PX + 1)
    part, inside = picture[rows, columns], hidden[rows, columns]
    locality = _LOCALITY * float(part[~inside].var()) if (~inside).any() else 0.0
    texture = Texture(part, ~inside, inside, np.zeros((0, 2), dtype=np.int64), locality=locality)
    made = synthesize(texture, seed, progress)
    if made is None:
        made = membrane(part, ~inside, np.ones_like(inside))
    else:
        border = ~inside & ndimage.binary_dilation(inside)
        filled = np.where(inside[..., None], made, part).astype(np.float32)
        seam = _seam(part, np.where(inside[..., None], filled, 0).astype(np.float32), border, inside)
        made = made + seam
    part[inside] = made[inside]
