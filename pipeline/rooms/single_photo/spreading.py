"""Values spread over a photo as far as its own edges: a weighted mean along rows and columns.

Fast global smoother of Min, Choi, Lu, Ham, Sohn and Do (2014): least-squares smoothing on the grid of pixels,
solved exactly along every row, then along every column, three times with ever smaller reach.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8

#: rounds of rows and columns, count; as in the paper
_ROUNDS = 3
#: share of the reach that each round keeps of the one before, ratio; as in the paper
_FALL = 4.0
#: keeps the reach the same for any number of rounds, ratio; as in the paper
_ENERGY = 1.5
#: blur of the photo before its edges are taken, px; set by hand: the noise of JPEG, effect not measured
_BLUR_PX = 0.8
#: difference of neighbouring colours (CIE L*a*b*) over which little spreads, units of that space; set by hand,
#: effect not measured
_EDGE = 3.0
#: what spreads over the strongest edge, share; set by hand: nothing may be cut off wholly, effect not measured
_LEAST_LINK = 1e-3
#: weight below which a mean is not one, share; only keeps what is divided finite
_NO_WEIGHT = 1e-9

#: links between neighbours: those to the right (H, W - 1) and those below (H - 1, W)
Links = tuple[Float32[np.ndarray, "H V"], Float32[np.ndarray, "G W"]]


def links_of(image: UInt8[np.ndarray, "H W 3"]) -> Links:
    """How much neighbouring pixels have in common, 1 within a surface, near 0 across edges of the photo."""
    lab = cv2.cvtColor(image.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    lab = cv2.GaussianBlur(lab, (0, 0), _BLUR_PX)
    right, below = (np.linalg.norm(np.diff(lab, axis=axis), axis=2) for axis in (1, 0))
    return _link(right), _link(below)


def _link(step: Float32[np.ndarray, "H W"]) -> Float32[np.ndarray, "H W"]:
    link: Float32[np.ndarray, "H W"] = np.maximum(np.exp(-step / _EDGE), _LEAST_LINK).astype(np.float32)
    return link


def cut(links: Links, inside: Bool[np.ndarray, "H W"]) -> Links:
    """The links without those between inside and outside."""
    right, below = links
    return right * (inside[:, 1:] == inside[:, :-1]), below * (inside[1:] == inside[:-1])


def softened(links: Links, outline: Float[np.ndarray, "H W"]) -> Links:
    """The links of a photo near outlines (1), full ones elsewhere (0); what was cut stays cut."""
    near = np.maximum(outline[:, 1:], outline[:, :-1]), np.maximum(outline[1:], outline[:-1])
    full = (
        np.where(link > 0, 1.0 - share * (1.0 - link), 0.0) for link, share in zip(links, near, strict=True)
    )
    right, below = (link.astype(np.float32) for link in full)
    return right, below


def spread(
    values: Float[np.ndarray, "H W C"], weight: Float[np.ndarray, "H W"], links: Links, reach_px: float
) -> Float32[np.ndarray, "H W C"]:
    """Weighted mean of the values around every pixel, along the links.

    Args:
        values: any number of channels.
        weight: of every pixel's values, 0 for none.
        links: of :func:`links_of`.
        reach_px: how far values spread within a surface.
    """
    if reach_px < 0 or weight.shape != values.shape[:2]:
        raise ValueError("a weight for every pixel and a reach of at least 0 are needed")
    both = np.concatenate([values * weight[..., None], weight[..., None]], axis=2).astype(np.float32)
    for number in range(_ROUNDS):
        strength = _ENERGY * _FALL ** (_ROUNDS - 1 - number) / (_FALL**_ROUNDS - 1) * reach_px**2
        both = _along_rows(both, strength * links[0])
        both = _along_rows(both.transpose(1, 0, 2), strength * links[1].T).transpose(1, 0, 2)
    mean: Float32[np.ndarray, "H W C"] = both[..., :-1] / np.maximum(both[..., -1:], _NO_WEIGHT)
    return mean


def _along_rows(
    values: Float32[np.ndarray, "H W C"], link: Float32[np.ndarray, "H V"]
) -> Float32[np.ndarray, "H W C"]:
    """Solve (1 + L) u = f on every row, L the Laplacian of its links (Thomas' algorithm)."""
    width = values.shape[1]
    before = np.pad(link, ((0, 0), (1, 0)))
    after = np.pad(link, ((0, 0), (0, 1)))
    diagonal = 1.0 + before + after
    ratio, solved = np.empty_like(diagonal), np.empty_like(values)
    for x in range(width):
        pivot = diagonal[:, x] - (before[:, x] * ratio[:, x - 1] if x else 0.0)
        ratio[:, x] = after[:, x] / pivot
        carried = before[:, x, None] * solved[:, x - 1] if x else 0.0
        solved[:, x] = (values[:, x] + carried) / pivot[:, None]
    for x in range(width - 2, -1, -1):
        solved[:, x] += ratio[:, x, None] * solved[:, x + 1]
    return solved
