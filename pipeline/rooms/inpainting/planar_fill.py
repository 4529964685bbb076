"""Completion of one plane, and of what lies on no plane."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32
from scipy import ndimage

from pipeline.progress import Progress
from pipeline.rooms.inpainting.conditional import conditional_mean, half_lengths_px
from pipeline.rooms.inpainting.hole import Hole
from pipeline.rooms.inpainting.light import membrane, smoothed
from pipeline.rooms.inpainting.planar_light import continue_light, own_surface
from pipeline.rooms.inpainting.rectify import Canvas, canvas_of, plane_places
from pipeline.rooms.inpainting.synthesis import Texture, synthesize
from pipeline.rooms.inpainting.texture_statistics import (
    amplitude,
    as_stored,
    gradient_amplitude,
    gradient_histogram,
    grain,
    histogram_distance,
    local_variance,
    regularity,
)

#: planes of which less is known are left to their like, px; set by hand, effect not measured
_MIN_KNOWN_PX = 40
#: textures fainter than this are grain, levels; by hand on the planar cases, effect by itself not measured
_TEXTURED = 4.0
#: grain of this strength is taken over whole, levels; by hand on the planar cases, effect by itself not
#: measured
_FAINT = 2.0
#: and of fainter grain this much, share; by hand on the planar cases, effect by itself not measured
_MOST_GRAIN = 0.7
#: what is finer than this is detail, the rest blotches, px; by hand on the planar cases, effect by itself not
#: measured
_DETAIL_PX = 1.0
#: amounts of detail that are tried, shares; set by hand, effect not measured
_AMOUNTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0)
#: constant of SSIM's contrast term, squared levels; Wang et al. 2004
_STABLE = (0.03 * 255) ** 2
#: what the loss of SSIM weighs against the distance of the gradients, ratio; by hand on the planar cases,
#: effect by itself not measured
_LOSS_WEIGHT = 8.0
#: what is missing at the border of patches fades in this length, px; by hand on the planar cases, effect by
#: itself not measured
_SEAM_PX = 6.0
#: synthesis blurs: its contrast is restored at least by this, ratio; set by hand, effect not measured
_LEAST_SHARPENED = 0.5
#: and at most by this, ratio; by hand on the planar cases, effect by itself not measured
_MOST_SHARPENED = 2.0
#: how much a match gains by lying on the lattice of a regular texture, shares of its variance; by hand on the
#: planar cases, effect by itself not measured
_PREFERENCE = 0.3
#: context that patches are taken from, px; set by hand for time, effect not measured
_CONTEXT_PX = 140
#: how much a patch loses by lying a picture's diagonal away, shares of the variance; by hand on the planar
#: cases, effect by itself not measured
_LOCALITY = 0.5
#: what is coarser than this is drawn towards the smooth continuation, share of the longer side;
#: by hand on the planar cases, effect by itself not measured
_BLOTCH_SHARE = 0.015
#: and this much of it stays, share; by hand on the planar cases, effect by itself not measured
_TRUSTED = 0.4
#: a pixel of the canvas is known if so much of it is, share; by definition: all but rounding
_KNOWN_COVER = 0.98
#: and to be filled if so much of it is hidden, share; by definition: any but rounding
_HIDDEN_COVER = 0.01
#: least strength that a ratio is taken of, levels; by definition: keeps a quotient finite
_LEAST_LEVEL = 1e-3
#: the rim of a plane is left out if so much of it stays known, share; set by hand, effect not measured
_CLEAN_SHARE = 0.3
#: parts of a plane on the bar of progress, shares; set by hand: light, texture
_PARTS = (0.15, 0.95)
#: channels of known texture and blotches in what is continued together, count; by definition
_TWO_COLOURS = 6


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
        seen_as = (K, planes.normals[plane], planes.offsets[plane], planes.axes[plane])
        places, _ = plane_places(*seen_as, on.shape)
        known = own_surface(picture, known, hidden, places)
        elsewhere = ~on & (planes.labels >= 0)
        light = continue_light(picture, known, hidden, places, self.hole.mask, elsewhere)
        progress(_PARTS[0], "light of the planes continued")
        residual = np.where((known | hidden)[..., None], picture - light, 0.0).astype(np.float32)
        residual[hidden] = 0.0
        if amplitude(residual, known) < _TEXTURED:
            texture, regular = self._grain(residual, known, hidden), 0.0
        else:
            canvas = canvas_of(*seen_as, hidden, known)
            texture, regular = self._texture(canvas, residual, known, hidden, progress.part(*_PARTS))
        share = max(self._share(residual, known), regular)
        made = light + self._blended(residual, texture, share, known, hidden, picture, light)
        picture[hidden] = as_stored(made[hidden], picture, known)
        return np.asarray(hidden)

    def _blended(
        self,
        residual: Float32[np.ndarray, "H W 3"],
        texture: Float32[np.ndarray, "H W 3"],
        share: float,
        known: Bool[np.ndarray, "H W"],
        hidden: Bool[np.ndarray, "H W"],
        picture: Float32[np.ndarray, "H W 3"],
        light: Float32[np.ndarray, "H W 3"],
    ) -> Float32[np.ndarray, "H W 3"]:
        """What is added to the light of the hole: the known texture continued, then made texture.

        Of the blotches of the made texture only ``share`` is taken, since a guess counts double as an error; of
        its detail what makes the differences between neighbours most like the known ones.
        """
        blotches = smoothed(texture, hidden, _DETAIL_PX) * hidden[..., None]
        parts = np.concatenate([share * blotches, texture - blotches], axis=2).astype(np.float32)
        nearest = ndimage.distance_transform_edt(~hidden, return_distances=False, return_indices=True)
        outside = np.where(known[..., None], np.concatenate([residual, -parts[tuple(nearest)]], axis=2), 0.0)
        seam = conditional_mean(outside.astype(np.float32), known, hidden, half_lengths_px(residual, known))
        base = seam[..., :3] + parts[..., :3] + seam[..., 3:_TWO_COLOURS]
        detail = parts[..., 3:] + seam[..., _TWO_COLOURS:]
        contrast = local_variance(residual, known), float(local_variance(detail, hidden).mean())
        amount = _detail_amount(picture, light + base, detail, known, hidden, *contrast)
        return np.asarray(base + amount * detail, dtype=np.float32)

    def _grain(
        self,
        residual: Float32[np.ndarray, "H W 3"],
        known: Bool[np.ndarray, "H W"],
        hidden: Bool[np.ndarray, "H W"],
    ) -> Float32[np.ndarray, "H W 3"]:
        rng = np.random.default_rng([self.hole.seed, 1])
        made = grain(residual, known, hidden.shape, rng)
        return np.where(hidden[..., None], made, 0.0).astype(np.float32)

    def _share(self, residual: Float32[np.ndarray, "H W 3"], known: Bool[np.ndarray, "H W"]) -> float:
        """All of a faint grain, ``texture_share`` of a strong one (whose error would count)."""
        return float(
            np.clip(
                _FAINT / max(amplitude(residual, known), _LEAST_LEVEL),
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
    ) -> tuple[Float32[np.ndarray, "H W 3"], float]:
        """Synthesise in the canvas, and how regular the texture is; grain where that is not possible."""
        inside = None if canvas is None else canvas.covered(hidden, _HIDDEN_COVER)
        if canvas is None or inside is None or not inside.any():
            return self._grain(residual, known, hidden), 0.0
        values, seen = canvas.from_image(residual), canvas.covered(known, _KNOWN_COVER) & ~inside
        repeats = regularity(values, seen)
        variance = float(values[seen].var()) if seen.any() else 0.0
        texture = Texture(values, seen, inside, repeats.offsets, _PREFERENCE * repeats.strength * variance)
        made = synthesize(texture, self.hole.seed, progress)
        if made is None:
            return self._grain(residual, known, hidden), 0.0
        sampled, hit = canvas.to_image(made, hidden)
        sampled -= sampled[hidden].mean(axis=0)
        sampled *= _lost_contrast(residual, known, sampled, hit)
        return np.where(hidden[..., None], sampled, 0.0).astype(np.float32), repeats.strength


def _lost_contrast(
    residual: Float32[np.ndarray, "H W 3"],
    known: Bool[np.ndarray, "H W"],
    made: Float32[np.ndarray, "H W 3"],
    where: Bool[np.ndarray, "H W"],
) -> float:
    """By how much the differences of neighbours must grow to be as strong as the known ones."""
    lost = gradient_amplitude(residual, known) / max(gradient_amplitude(made, where), _LEAST_LEVEL)
    return float(np.clip(lost, _LEAST_SHARPENED, _MOST_SHARPENED))


def _detail_amount(
    picture: Float32[np.ndarray, "H W 3"],
    base: Float32[np.ndarray, "H W 3"],
    detail: Float32[np.ndarray, "H W 3"],
    known: Bool[np.ndarray, "H W"],
    hidden: Bool[np.ndarray, "H W"],
    contrast: Float32[np.ndarray, " N"],
    added: float,
) -> float:
    """How much detail makes the hole's gradients most like the known ones, against the similarity it costs.

    The cost is that of SSIM's contrast term for texture that does not correlate with the true one: ``contrast``
    is the variance around the known pixels, ``added`` that of all of the detail.
    """
    wanted, plain = gradient_histogram(picture, known), _STABLE / (contrast + _STABLE)
    scores = []
    for amount in _AMOUNTS:
        trial = np.zeros_like(picture)
        trial[hidden] = as_stored((base + amount * detail)[hidden], picture, known)
        unlike = histogram_distance(wanted, gradient_histogram(np.rint(trial), hidden))
        lost = float((plain - _STABLE / (contrast + amount**2 * added + _STABLE)).mean())
        scores.append(unlike + _LOSS_WEIGHT * lost)
    return _AMOUNTS[int(np.argmin(scores))]


def _clean(on: Bool[np.ndarray, "H W"], mask: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """Known pixels of a plane without the rim where other things begin (two pixels, if enough is left)."""
    known = on & ~mask
    clean = known & ndimage.binary_erosion(on, iterations=2, border_value=1)
    return np.asarray(clean if clean.sum() >= max(_MIN_KNOWN_PX, _CLEAN_SHARE * known.sum()) else known)


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
    smooth = membrane(part, ~inside, np.ones_like(inside))
    if made is None:
        made = smooth
    else:
        border = ~inside & ndimage.binary_dilation(inside)
        filled = np.where(inside[..., None], made, part).astype(np.float32)
        seam = _seam(part, np.where(inside[..., None], filled, 0).astype(np.float32), border, inside)
        made = _less_sure(made + seam, smooth, inside, _BLOTCH_SHARE * max(picture.shape[:2]))
    part[inside] = as_stored(made[inside], part, ~inside)


def _less_sure(
    made: Float32[np.ndarray, "H W 3"],
    smooth: Float32[np.ndarray, "H W 3"],
    inside: Bool[np.ndarray, "H W"],
    sigma_px: float,
) -> Float32[np.ndarray, "H W 3"]:
    """Patches with most of their coarse colours drawn towards the smooth continuation.

    Which thing goes on behind a hole is a guess, and a wrong one costs twice what a mean does; the patches'
    edges and detail are kept whole.
    """
    guessed = np.where(inside[..., None], made - smooth, 0.0).astype(np.float32)
    coarse = smoothed(guessed, np.ones_like(inside), sigma_px)
    return np.asarray(made - (1.0 - _TRUSTED) * coarse, dtype=np.float32)
