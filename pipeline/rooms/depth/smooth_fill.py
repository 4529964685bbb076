"""Smooth surfaces through what was measured, bending at the edges of the photo."""

import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8
from numba import njit
from scipy import ndimage

#: rounds of relaxation at each size, count; set by hand, effect not measured
_RELAXATIONS = 24
#: over-relaxation of a round, none; set by hand, effect not measured
_OVER = 1.5
#: weight of what is known beside that of a neighbour, none; set by hand, effect not measured
_PULL = 10.0
#: least weight of a neighbour, none; set by hand, effect not measured
_LEAST_LINK = 1e-3
#: blur before gradients are taken, px; set by hand, effect not measured
_BLUR_PX = 0.8
#: least weight of an edge of the photo, share; set by hand, effect not measured
_LEAST_WEIGHT = 0.03
#: window in which edges stand out or not, px; set by hand, effect not measured
_TEXTURE_PX = 31
#: gradient from which on an edge counts on plain ground, levels of 255; set by hand, effect not measured
_PLAIN_GRADIENT = 30.0
#: exponent that lightens shadows, none; near that of sRGB (1 / 2.2)
_LIGHTENING = 0.45
#: window in which texture is looked for, px; set by hand, effect not measured
_TEXTURED_PX = 15
#: mean gradient of texture, levels of 255; set by hand, effect not measured
_TEXTURED_GRADIENT = 25.0


def gradients(
    image: UInt8[np.ndarray, "H W 3"],
) -> tuple[Float32[np.ndarray, "H W"], Float32[np.ndarray, "H W"]]:
    """Colour gradient of every pixel, and its mean around."""
    smooth = ndimage.gaussian_filter(image.astype(np.float32), (_BLUR_PX, _BLUR_PX, 0))
    squares = [ndimage.sobel(smooth[..., c], axis=a) ** 2 for c in range(3) for a in range(2)]
    gradient = np.sqrt(np.stack(squares).sum(axis=0))
    return gradient, ndimage.uniform_filter(gradient, _TEXTURE_PX)


def edge_weights(image: UInt8[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "H W"]:
    """1 in smooth regions of the photo, towards 0 across its edges."""
    gradient, usual = gradients(image)
    # amid texture every pixel is an edge: only what stands out from its surroundings may part surfaces
    steep = gradient / (_PLAIN_GRADIENT + usual)
    weights: Float32[np.ndarray, "H W"] = np.clip(np.exp(-steep * steep), _LEAST_WEIGHT, 1.0).astype(np.float32)
    return weights


def is_textured(image: UInt8[np.ndarray, "H W 3"]) -> Bool[np.ndarray, "H W"]:
    """Pixels amid texture as the eye sees it: shadows are lightened first (dark leaves have texture)."""
    light = (255.0 * (image / 255.0) ** _LIGHTENING).astype(np.uint8)
    around = ndimage.uniform_filter(gradients(light)[0], _TEXTURED_PX)
    textured: Bool[np.ndarray, "H W"] = around > _TEXTURED_GRADIENT
    return textured


def fill_smoothly(
    w: Float[np.ndarray, "H W"], sure: Float[np.ndarray, "H W"], edge: Float32[np.ndarray, "H W"]
) -> Float[np.ndarray, "H W"]:
    """Membrane through the known inverse depths that bends at image edges (solved from coarse to fine).

    Args:
        w: inverse depths.
        sure: weight of each, 0 where it is not known.
        edge: 1 where the photo is smooth, towards 0 across its edges.
    """
    known = sure > 0
    if not known.any():
        return np.full_like(w, float(np.median(w)))
    count, total, weight = sure.astype(np.float64), np.where(known, w * sure, 0.0), edge.astype(np.float64)
    levels = [(count, total / np.where(count > 0, count, 1), weight)]
    while min(count.shape) > 4:
        count, total, weight = _halved(count), _halved(total), _halved(weight) / 4
        levels.append((count, total / np.where(count > 0, count, 1), weight))
    filled = np.full(levels[-1][0].shape, float(np.median(w[known])))
    for count, data, weight in reversed(levels):
        filled = np.where(count > 0, data, _enlarged(filled, count.shape))
        relax(filled, data, _PULL * count, weight, _RELAXATIONS)
    return filled


def _enlarged(values: Float[np.ndarray, "h w"], shape: tuple[int, ...]) -> Float[np.ndarray, "H W"]:
    """Every value repeated to 2 x 2, cut to ``shape``; the same size stays as it is."""
    if values.shape == shape:
        return values
    twice: Float[np.ndarray, "H W"] = np.repeat(np.repeat(values, 2, axis=0), 2, axis=1)
    return twice[: shape[0], : shape[1]]


def _halved(values: Float[np.ndarray, "H W"]) -> Float[np.ndarray, "h w"]:
    """Sums over blocks of 2 x 2, an odd last row or column repeated with weight 0."""
    height, width = values.shape
    padded = np.pad(values, ((0, height % 2), (0, width % 2)))
    halved: Float[np.ndarray, "h w"] = padded.reshape((height + 1) // 2, 2, (width + 1) // 2, 2).sum(
        axis=(1, 3)
    )
    return halved


@njit(cache=True, nogil=True, fastmath=True)
def relax(filled, data, pull, edge, rounds):  # type: ignore[no-untyped-def]
    """Gauss-Seidel with over-relaxation of the membrane's equations, forwards and backwards in turn."""
    height, width = filled.shape
    for number in range(rounds):
        for step in range(height * width):
            k = step if number % 2 == 0 else height * width - 1 - step
            y, x = k // width, k % width
            total, weight = pull[y, x] * data[y, x], pull[y, x]
            for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
                ny, nx = y + dy, x + dx
                if ny < 0 or nx < 0 or ny >= height or nx >= width:
                    continue
                link = min(edge[y, x], edge[ny, nx]) + _LEAST_LINK
                total += link * filled[ny, nx]
                weight += link
            filled[y, x] += _OVER * (total / weight - filled[y, x])
