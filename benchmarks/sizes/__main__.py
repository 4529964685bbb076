"""How right sizes of rooms are, and whether their bands hold: ``python -m benchmarks.sizes --data SETS``.

Sets are those of :mod:`benchmarks.rooms` with ground truth, and ``demo:living-room`` and ``demo:bedroom``;
these stand in where none is given. Of each, random draws of one to eight photos are reconstructed and measured;
with ``--keep FOLDER`` what was measured is kept, and another run (with ``--draws 0``) only judges.

Columns: parts that were measured and numbers that were given for their sides; medians of the relative errors of
sides, of heights, of floor areas and of sides after one true length was typed; the share of numbers that their
bands hold; the median error of focal lengths and the share that their bands hold. ``--fit`` prints, for
``pipeline/rooms/sizes/errors.py`` and ``lenses.py``, what the errors come to, and the same without each set.
"""

import argparse
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.records.recorder import Recorder, add_options
from benchmarks.rooms import table
from benchmarks.sizes.draws import Drawn, draw, kept_draws
from benchmarks.sizes.truth import read_true_size
from pipeline.rooms.sizes import Band, RoomSize, TypedLength, sizes_of
from pipeline.rooms.sizes.errors import is_guess, kind_of

_DEMO = ("demo:living-room", "demo:bedroom")
_SIDES = ("length", "width", "height")
_ROOM = "room"


def _given(size: RoomSize, drawn: Drawn) -> list[tuple[str, Band, float]]:
    """Numbers of sides whose truth is known: name, band and truth."""
    found = []
    for name, axis in zip(_SIDES, size.axes, strict=True):
        band, true = size.of(name), drawn.true_m.get(axis)
        if band is not None and true is not None:
            found.append((name, band, true))
    return found


def _typed(drawn: Drawn) -> list[float]:
    """Relative errors of the other sides after one was typed, for each that could be."""
    errors = []
    size = sizes_of({_ROOM: drawn.measure})[_ROOM]
    for name, _, true in _given(size, drawn):
        after = sizes_of({_ROOM: drawn.measure}, [TypedLength(_ROOM, true, name)])[_ROOM]
        errors += [abs(band.value / t - 1) for other, band, t in _given(after, drawn) if other != name]
    return errors


def _area(size: RoomSize, drawn: Drawn) -> list[tuple[Band, float]]:
    if size.floor_area_m2 is None or not {0, 1} <= drawn.true_m.keys():
        return []
    return [(size.floor_area_m2, drawn.true_m[0] * drawn.true_m[1])]


def row_of(name: str, draws: Sequence[Drawn]) -> dict[str, Any]:
    """One line of the table."""
    sizes = [sizes_of({_ROOM: one.measure})[_ROOM] for one in draws]
    sides = [given for size, one in zip(sizes, draws, strict=True) for given in _given(size, one)]
    areas = [area for size, one in zip(sizes, draws, strict=True) for area in _area(size, one)]
    focals = [
        (photo.focal_35mm, one.focal_35mm[photo.photo_id])
        for one in draws
        for photo in one.measure.photos
        if photo.focal_35mm is not None and photo.photo_id in one.focal_35mm
    ]
    return {
        "set": name,
        "parts": len(draws),
        "numbers": len(sides) + len(areas),
        "side": _median([abs(band.value / true - 1) for side, band, true in sides if side != "height"]),
        "height": _median([abs(band.value / true - 1) for side, band, true in sides if side == "height"]),
        "area": _median([abs(band.value / true - 1) for band, true in areas]),
        "typed": _median([error for one in draws for error in _typed(one)]),
        "held": _held([(band, true) for _, band, true in sides] + areas),
        "focal": _median([abs(band.value / true - 1) for band, true in focals]),
        "focal_held": _held(focals),
    }


def _median(values: Sequence[float]) -> float | str:
    return float(np.median(values)) if len(values) else ""


def _held(pairs: Sequence[tuple[Band, float]]) -> float | str:
    return sum(band.holds(true) for band, true in pairs) / len(pairs) if pairs else ""


def fitted(sets: dict[str, list[Drawn]]) -> dict[str, float]:
    """Standard deviations of logarithms by how sides were seen, every set counting the same.

    Of the sides of one part the mean error is its scale's; what is left is how far off each of them is.
    """
    squares: dict[str, list[float]] = {}
    for draws in sets.values():
        mine: dict[str, list[float]] = {}
        for one in draws:
            for kind, square in [*_shape_errors(one), *_focal_errors(one)]:
                mine.setdefault(kind, []).append(square)
        for kind, values in mine.items():
            squares.setdefault(kind, []).append(float(np.mean(values)))
    return {kind: math.sqrt(float(np.mean(values))) for kind, values in sorted(squares.items())}


def _shape_errors(one: Drawn) -> list[tuple[str, float]]:
    if is_guess(one.measure):
        return []
    axes = [axis for axis in one.true_m if one.measure.is_seen(axis)]
    off = np.array([math.log(one.measure.extent(axis) / one.true_m[axis]) for axis in axes])
    if len(off) <= 1:
        return []
    apart = (off - off.mean()) ** 2 * len(off) / (len(off) - 1)
    return [(kind_of(one.measure, axis), float(value)) for axis, value in zip(axes, apart, strict=True)]


def _focal_errors(one: Drawn) -> list[tuple[str, float]]:
    kind = "focal alone" if one.measure.of_one_photo else "focal together"
    return [
        (kind, math.log(photo.focal_35mm.value / one.focal_35mm[photo.photo_id]) ** 2)
        for photo in one.measure.photos
        if photo.focal_35mm is not None and photo.photo_id in one.focal_35mm and not photo.from_exif
    ]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sizes", description=__doc__)
    parser.add_argument("--data", nargs="+", default=list(_DEMO), help="sets; default: the demo's rooms")
    parser.add_argument("--draws", type=int, default=8, help="draws of each set; 0: judge what is kept")
    parser.add_argument("--most", type=int, default=8, help="photos of the largest draw")
    parser.add_argument("--seed", type=int, default=0, help="of the draws and of everything random")
    parser.add_argument("--keep", type=Path, help="folder for what was measured")
    parser.add_argument("--fit", action="store_true", help="print what the errors come to")
    add_options(parser)
    arguments = parser.parse_args()
    recorder = Recorder.of("sizes", ["set"], arguments)
    sets: dict[str, list[Drawn]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        keep = arguments.keep or Path(temporary)
        for name in arguments.data:
            if arguments.draws:
                draw(name, read_true_size(name), arguments.draws, arguments.most, arguments.seed, keep)
            sets[name] = kept_draws(keep, name)
            recorder.add(row_of(Path(name).name, sets[name]))
    recorder.add(row_of("all", [one for draws in sets.values() for one in draws]))
    print(table(recorder.rows))
    if arguments.fit:
        print("all:", fitted(sets))
        for name in sets:
            others = {other: draws for other, draws in sets.items() if other != name}
            print(f"without {Path(name).name}:", fitted(others))


if __name__ == "__main__":
    main()
