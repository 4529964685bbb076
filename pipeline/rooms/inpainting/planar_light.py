"""Light over the hidden part of a plane: the continuation that predicts the plane's own known parts best."""

import numpy as np
from jaxtyping import Bool, Float, Float32
from scipy import ndimage

from pipeline.rooms.inpainting.light import membrane, smoothed, trend

_SMOOTH_PX = 5.0
_SMALL_PX = 96
_TRIALS = 4
_MIN_KNOWN_PX = 60
_BLUR_PX = 2.5
_OUTLIER = 3.0
_NOTICEABLE = 12.0
_MIN_OWN = 0.5
_CAPPED = 40.0
_AROUND_PX = 12


def continue_light(
    picture: Float32[np.ndarray, "H W 3"],
    known: Bool[np.ndarray, "H W"],
    hidden: Bool[np.ndarray, "H W"],
    places: Float[np.ndarray, "H W 2"],
) -> Float32[np.ndarray, "H W 3"]:
    """Slowly varying light at the known and hidden pixels of a plane.

    Two continuations are tried on parts of the plane that are known, hidden for the trial in holes of the same
    size: a membrane alone, and a quadratic trend with a membrane of what it leaves. They are mixed by the
    weight with the smallest error.

    Args:
        picture: colours, used where known.
        known: pixels of the plane.
        hidden: pixels of the plane to fill.
        places: metres in the plane.
    """
    rows, columns = _window(known | hidden)
    part, seen, inside = picture[rows, columns], known[rows, columns], hidden[rows, columns]
    where = places[rows, columns]
    step = max(1, round(max(seen.shape) / _SMALL_PX))
    weight = _trend_weight(part, seen, inside, where, step)
    result = np.zeros_like(picture)
    fitted = weight * trend(part, seen, inside, where) if weight > 0 else np.zeros_like(part)
    level = smoothed(part - fitted, seen, _SMOOTH_PX * max(1.0, max(picture.shape[:2]) / 640.0))
    small = _continued(level, seen, step=2)
    result[rows, columns] = fitted + np.where(seen[..., None], level, small)
    return result


def own_surface(
    picture: Float32[np.ndarray, "H W 3"],
    known: Bool[np.ndarray, "H W"],
    hidden: Bool[np.ndarray, "H W"],
    places: Float[np.ndarray, "H W 2"],
) -> Bool[np.ndarray, "H W"]:
    """Known pixels without things that hang on the plane or were labelled with it by mistake.

    Such things differ from the plane's robust trend of colour. They are left out only where that predicts the
    known part better (trial holes), and where most of the hole's border is the plane itself.
    """
    rows, columns = _window(known | hidden)
    part, seen, inside = picture[rows, columns], known[rows, columns], hidden[rows, columns]
    residual = smoothed(part, seen, _BLUR_PX) - trend(part, seen, inside, places[rows, columns])
    distance = np.linalg.norm(residual, axis=-1)
    limit = max(_OUTLIER * 1.4826 * float(np.median(distance[seen])), _NOTICEABLE)
    plain = seen & (distance < limit)
    border = seen & ndimage.binary_dilation(inside, iterations=3)
    if plain.sum() < _MIN_OWN * seen.sum() or (border & plain).sum() < _MIN_OWN * border.sum():
        return known
    step = max(1, round(max(seen.shape) / _SMALL_PX))
    values, fixed = _reduce(part, seen, step)
    plain_values, plain_fixed = _reduce(part, plain, step)
    errors = np.zeros(2)
    for trial in _trial_holes(fixed, _reduce(part, inside, step)[1]):
        for number, (colours, rest) in enumerate(((values, fixed), (plain_values, plain_fixed))):
            made = membrane(colours, rest & ~trial, np.ones_like(rest))
            errors[number] += np.minimum(np.abs(made - values)[trial].mean(axis=1), _CAPPED).sum()
    if errors[1] >= errors[0]:
        return known
    result = np.zeros_like(known)
    result[rows, columns] = plain | _around_other_parts(seen, plain, inside)
    return result


def _around_other_parts(
    seen: Bool[np.ndarray, "H W"], plain: Bool[np.ndarray, "H W"], inside: Bool[np.ndarray, "H W"]
) -> Bool[np.ndarray, "H W"]:
    """Known pixels around those parts of the hole that lie within a thing on the plane (a window, a rug)."""
    parts, count = ndimage.label(inside)
    wide = ndimage.grey_dilation(parts, size=(7, 7))
    numbers = np.arange(1, count + 1)
    of_plain = ndimage.sum_labels((plain & ~inside).astype(float), wide, numbers)
    of_seen = ndimage.sum_labels((seen & ~inside).astype(float), wide, numbers)
    other = np.isin(parts, numbers[of_plain < _MIN_OWN * of_seen])
    return (
        np.asarray(seen & ndimage.binary_dilation(other, iterations=_AROUND_PX))
        if other.any()
        else np.zeros_like(seen)
    )


def _continued(
    level: Float32[np.ndarray, "H W 3"], seen: Bool[np.ndarray, "H W"], step: int
) -> Float32[np.ndarray, "H W 3"]:
    """Membrane over everything that is not seen (light goes on behind furniture), solved at reduced size."""
    import cv2

    values, fixed = _reduce(level, seen, step)
    made = membrane(values, fixed, np.ones_like(fixed))
    size = (values.shape[1] * step, values.shape[0] * step)
    large = np.asarray(cv2.resize(made, size, interpolation=cv2.INTER_LINEAR))
    return np.asarray(large[: seen.shape[0], : seen.shape[1]], dtype=np.float32)


def _reduce(
    values: Float32[np.ndarray, "H W C"], known: Bool[np.ndarray, "H W"], step: int
) -> tuple[Float32[np.ndarray, "h w C"], Bool[np.ndarray, "h w"]]:
    """Means over the known pixels of blocks of ``step`` pixels."""
    pad = tuple((0, -side % step) for side in known.shape)
    height, width = ((side + extra[1]) // step for side, extra in zip(known.shape, pad, strict=True))

    def sums(array: np.ndarray) -> Float32[np.ndarray, "h w C"]:
        padded = np.pad(array.astype(np.float32), (*pad, (0, 0)))
        return np.asarray(padded.reshape(height, step, width, step, -1).sum(axis=(1, 3), dtype=np.float32))

    count = sums(known[..., None])
    return sums(np.where(known[..., None], values, 0.0)) / np.maximum(count, 1.0), count[..., 0] > 0


def _trend_weight(
    part: Float32[np.ndarray, "H W 3"],
    seen: Bool[np.ndarray, "H W"],
    inside: Bool[np.ndarray, "H W"],
    where: Float[np.ndarray, "H W 2"],
    step: int,
) -> float:
    """Between 0 (membrane alone) and 1 (trend and membrane), by trial holes in the known part."""
    values, fixed = _reduce(part, seen, step)
    coordinates, _ = _reduce(where.astype(np.float32), seen | inside, step)
    truth, alone, with_trend = [], [], []
    for trial in _trial_holes(fixed, _reduce(part, inside, step)[1]):
        rest = fixed & ~trial
        truth.append(values[trial])
        alone.append(membrane(values, rest, np.ones_like(rest))[trial])
        fit = trend(values, rest, trial, coordinates.astype(np.float64))
        with_trend.append((fit + membrane(values - fit, rest, np.ones_like(rest)))[trial])
    if not truth:
        return 0.0
    a, b, c = (np.concatenate(list_) for list_ in (alone, with_trend, truth))
    # robust least squares of c = a + w (b - a)
    error = np.minimum(np.abs(c - a), np.abs(c - b)).mean(axis=1)
    good = error <= np.percentile(error, 80)
    change = (b - a)[good]
    energy = float((change**2).sum())
    return float(np.clip((change * (c - a)[good]).sum() / energy, 0.0, 1.0)) if energy > 1e-6 else 0.0


def _trial_holes(
    fixed: Bool[np.ndarray, "h w"], hidden: Bool[np.ndarray, "h w"]
) -> list[Bool[np.ndarray, "h w"]]:
    """The hole's own shape, moved over the known part to where it covers most of it."""
    y, x = np.nonzero(hidden)
    if not len(y) or fixed.sum() < _MIN_KNOWN_PX:
        return []
    shape = np.array([np.ptp(y) + 1, np.ptp(x) + 1])
    found: list[tuple[int, Bool[np.ndarray, "h w"]]] = []
    for dy in range(-2, 3):
        for dx in range(-2, 3):
            move = np.round(0.6 * shape * (dy, dx)).astype(int)
            if not move.any():
                continue
            trial = _moved(hidden, move) & fixed
            if _MIN_KNOWN_PX / 3 <= trial.sum() <= 0.5 * fixed.sum():
                found.append((int(trial.sum()), trial))
    found.sort(key=lambda item: -item[0])
    return [trial for _, trial in found[:_TRIALS]]


def _moved(mask: Bool[np.ndarray, "h w"], move: np.ndarray) -> Bool[np.ndarray, "h w"]:
    result = np.zeros_like(mask)
    y, x = np.nonzero(mask)
    y, x = y + move[0], x + move[1]
    inside = (y >= 0) & (x >= 0) & (y < mask.shape[0]) & (x < mask.shape[1])
    result[y[inside], x[inside]] = True
    return result


def _window(mask: Bool[np.ndarray, "H W"]) -> tuple[slice, slice]:
    y, x = np.nonzero(mask)
    return slice(int(y.min()), int(y.max()) + 1), slice(int(x.min()), int(x.max()) + 1)
