"""Light over the hidden part of a plane: the continuation that predicts the plane's own known parts best."""

import numpy as np
from jaxtyping import Bool, Float, Float32
from scipy import ndimage, optimize

from pipeline.rooms.inpainting.light import MAD_TO_SIGMA, membrane, smoothed, trend

#: light is what is smoother than this in a picture of 640 px, px; by hand on the planar cases, effect by itself
#: not measured
_SMOOTH_PX = 5.0
#: longer side of the pictures that the smoothing is meant for, px; by definition
_MEANT_FOR_PX = 640.0
#: longer side of the pictures that continuations are tried in, px; set by hand for time, effect not measured
_SMALL_PX = 96
#: trial holes, count; set by hand for time, effect not measured
_TRIALS = 4
#: planes of which less is known have no trial holes, px of the small picture; set by hand, effect not measured
_MIN_KNOWN_PX = 60
#: trial holes are moved by this share of the hole's size, share; set by hand, effect not measured
_TRIAL_STEP = 0.6
#: colours are compared with the trend at this blur, px; by hand on the planar cases, effect by itself not
#: measured
_BLUR_PX = 2.5
#: farther from the trend than this is a thing on the plane, standard deviations; by hand on the planar cases,
#: effect by itself not measured
_OUTLIER = 3.0
#: and farther than this, levels; by hand on the planar cases, effect by itself not measured
_NOTICEABLE = 12.0
#: of the known pixels and of the hole's border so many must be the plane itself, share; set by hand: most
_MIN_OWN = 0.5
#: errors of trial holes count up to this, levels; by hand on the planar cases, effect by itself not measured
_CAPPED = 40.0
#: pixels around a part of the hole that lies within a thing on the plane, px; set by hand, effect not measured
_AROUND_PX = 12
#: side of the window that says what a part lies within, px; by definition: three pixels around
_AROUND_WINDOW_PX = 7
#: around the plane that are looked at, px; set by hand, effect not measured
_MARGIN_PX = 24
#: border of the hole whose colours bound the light, px; set by hand, effect not measured
_BORDER_PX = 3
#: percentiles of those colours, percent; by definition: without their extremes
_RANGE_PERCENT = (0.5, 99.5)
#: fewer pixels outside of a trial hole predict nothing, px of the small picture; set by hand, effect not
#: measured
_MIN_REST = 12
#: rings with fewer pixels are no trial, px of the small picture; set by hand, effect not measured
_MIN_RING = 8
#: trial pixels that any continuation predicts this well are used, percent; set by hand, effect not measured
_GOOD_PERCENT = 90
#: how firmly weights sum to one, none; by definition: beyond the size of the data
_SUM_TO_ONE = 10.0
#: what a ring around the hole weighs beside a trial hole, ratio; by hand on the planar cases, effect by itself
#: not measured
_RING_WEIGHT = 4.0
#: visible pixels fit the light of a plane within this, levels; by hand on the planar cases, effect by itself
#: not measured
_FITS = 36.0
#: weights where nothing could be tried, shares; set by hand: what extrapolates least
_UNTRIED = np.array([0.0, 0.0, 0.5, 0.0, 0.5])
#: how far tried ones are drawn to them (a trial is not the hole), share; by hand on the planar cases, effect by
#: itself not measured
_DOUBT = 0.3


def continue_light(
    picture: Float32[np.ndarray, "H W 3"],
    known: Bool[np.ndarray, "H W"],
    hidden: Bool[np.ndarray, "H W"],
    places: Float[np.ndarray, "H W 2"],
    mask: Bool[np.ndarray, "H W"],
    elsewhere: Bool[np.ndarray, "H W"],
) -> Float32[np.ndarray, "H W 3"]:
    """Slowly varying light at the known and hidden pixels of a plane, within the range of its surroundings.

    Five continuations are stacked (Breiman 1996) with the weights that best predict known parts of the plane,
    hidden for the trial: a membrane and a quadratic trend with a membrane of what it leaves, both from the
    plane's own pixels and from these with visible ones that fit its light (its rim, pixels without a label);
    and a membrane from all that is visible and on no other plane. The former go on behind furniture; the last
    is better where light changes abruptly.

    Args:
        picture: colours, used where visible.
        known: pixels of the plane.
        hidden: pixels of the plane to fill.
        places: metres in the plane.
        mask: every pixel of the picture that is not visible.
        elsewhere: pixels of other planes.
    """
    rows, columns = _window(known | hidden, margin=_MARGIN_PX)
    part, seen, inside = picture[rows, columns], known[rows, columns], hidden[rows, columns]
    gone, where, off = mask[rows, columns], places[rows, columns], elsewhere[rows, columns]
    weights = _stacking_weights(part, seen, inside, gone, off, where)
    sigma_px = _SMOOTH_PX * max(1.0, max(picture.shape[:2]) / _MEANT_FOR_PX)
    level = smoothed(part, seen, sigma_px)
    surroundings = np.where(seen[..., None], level, part).astype(np.float32)
    fit = trend(part, seen, np.ones_like(seen), where)
    ripple = np.where(seen[..., None], level - smoothed(fit, seen, sigma_px), part - fit).astype(np.float32)
    guesses = _continued(level, seen, step=2), fit + _continued(ripple, seen, step=2)
    fitting = _fitting(part, seen, ~gone & ~off, *guesses)
    made = weights[0] * guesses[0] + weights[1] * guesses[1]
    made += weights[2] * _continued(surroundings, fitting, step=2)
    made += weights[3] * (fit + _continued(ripple, fitting, step=2))
    made += weights[4] * _continued(surroundings, ~gone & ~off, step=2)
    light = level + (weights[1] + weights[3]) * (fit + ripple - level)
    border = ~gone & ndimage.binary_dilation(inside, iterations=_BORDER_PX)
    range_ = np.percentile(np.concatenate([level[seen], part[border]]), _RANGE_PERCENT, axis=0)
    result = np.zeros_like(picture)
    result[rows, columns] = np.where(seen[..., None], light, np.clip(made, *range_))
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
    limit = max(_OUTLIER * MAD_TO_SIGMA * float(np.median(distance[seen])), _NOTICEABLE)
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
    wide = ndimage.grey_dilation(parts, size=(_AROUND_WINDOW_PX, _AROUND_WINDOW_PX))
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


def _stacking_weights(
    part: Float32[np.ndarray, "H W 3"],
    seen: Bool[np.ndarray, "H W"],
    inside: Bool[np.ndarray, "H W"],
    gone: Bool[np.ndarray, "H W"],
    off: Bool[np.ndarray, "H W"],
    where: Float[np.ndarray, "H W 2"],
) -> Float[np.ndarray, " 5"]:
    """Weights, at least zero and one in sum, of the five continuations."""
    step = max(1, round(max(seen.shape) / _SMALL_PX))
    values, fixed = _reduce(part, seen, step)
    coordinates = _reduce(where.astype(np.float32), ~np.zeros_like(seen), step)[0].astype(np.float64)
    everything = _reduce(part, ~gone, step)[0]
    free = _reduce(part, ~gone & ~off, step)[1]
    hidden, every = _reduce(part, inside, step)[1], np.ones_like(fixed)
    truth, guesses, loud = [], [], []
    rings = _rings(fixed, hidden)
    for number, trial in enumerate([*rings, *_trial_holes(fixed, hidden)]):
        rest, open_ = fixed & ~trial, free & ~trial & ~hidden
        if rest.sum() < _MIN_REST:
            continue
        fit = trend(values, rest, every, coordinates)
        alone, with_trend = membrane(values, rest, every), fit + membrane(values - fit, rest, every)
        fitting = _fitting(everything, rest, open_, alone, with_trend)
        mixed = np.where(rest[..., None], values, everything)
        candidates = (
            alone,
            with_trend,
            membrane(mixed, fitting, every),
            fit + membrane(mixed - fit, fitting, every),
            membrane(mixed, open_, every),
        )
        truth.append(values[trial])
        loud.append(np.full(len(truth[-1]), (_RING_WEIGHT if number < len(rings) else 1.0) / len(truth[-1])))
        guesses.append(np.stack([candidate[trial] for candidate in candidates]))
    if not truth:
        return _UNTRIED.copy()
    return _stacked(np.concatenate(guesses, axis=1), np.concatenate(truth), np.concatenate(loud))


def _fitting(
    values: Float32[np.ndarray, "H W 3"],
    own: Bool[np.ndarray, "H W"],
    visible: Bool[np.ndarray, "H W"],
    first: Float32[np.ndarray, "H W 3"],
    second: Float32[np.ndarray, "H W 3"],
) -> Bool[np.ndarray, "H W"]:
    """The plane's own pixels, and visible ones that either continuation of its light predicts closely."""
    error = [np.abs(values - guess).max(axis=2) for guess in (first, second)]
    tolerance = max(_OUTLIER * MAD_TO_SIGMA * float(np.median(error[1][own])), _FITS)
    return np.asarray(own | (visible & (np.minimum(*error) < tolerance)))


def _stacked(
    guesses: Float32[np.ndarray, "K N 3"], truth: Float32[np.ndarray, "N 3"], loud: Float[np.ndarray, " N"]
) -> Float[np.ndarray, " K"]:
    """Robust weighted least squares of ``truth = sum(w * guesses)``; weights of sum one, none below zero.

    They are drawn towards :data:`_UNTRIED`, which extrapolates least.
    """
    error = np.abs(guesses - truth).max(axis=2).min(axis=0)
    good = error <= np.percentile(error, _GOOD_PERCENT)
    scale = np.sqrt(loud[good] / loud[good].mean())[:, None]
    design = (guesses[:, good] * scale).reshape(len(guesses), -1).T.astype(np.float64)
    wanted = (truth[good] * scale).reshape(-1).astype(np.float64)
    strong = _SUM_TO_ONE * max(float(np.abs(design).max()), 1.0) * np.sqrt(len(wanted))
    system = np.concatenate([design, np.full((1, len(guesses)), strong)])
    weights, _ = optimize.nnls(system, np.append(wanted, strong))
    return np.asarray((1.0 - _DOUBT) * weights / weights.sum() + _DOUBT * _UNTRIED)


def _rings(fixed: Bool[np.ndarray, "h w"], hidden: Bool[np.ndarray, "h w"]) -> list[Bool[np.ndarray, "h w"]]:
    """The plane's pixels around the hole: half as wide as the hole is deep, at least two pixels."""
    depth = float(ndimage.distance_transform_edt(np.pad(hidden, 1)).max())
    away = ndimage.distance_transform_edt(~hidden)
    ring = fixed & (away <= max(0.5 * depth, 2.0))
    return [ring] if _MIN_RING <= ring.sum() <= 0.5 * fixed.sum() else []


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
            move = np.round(_TRIAL_STEP * shape * (dy, dx)).astype(int)
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


def _window(mask: Bool[np.ndarray, "H W"], margin: int = 0) -> tuple[slice, slice]:
    y, x = np.nonzero(mask)
    return (
        slice(max(int(y.min()) - margin, 0), int(y.max()) + 1 + margin),
        slice(max(int(x.min()) - margin, 0), int(x.max()) + 1 + margin),
    )
