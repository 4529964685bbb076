"""A room photographed across, upright and in other shapes; as a program it runs the kernels on such photos.

``python -m tests.pipeline.rooms.mixed_shapes`` takes the photos through stereo, planes, depth and layout. With
``NUMBA_BOUNDSCHECK=1`` a kernel that leaves one of its arrays ends it with an ``IndexError``.
"""

import pkgutil
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numba.core.dispatcher import Dispatcher

from pipeline.rooms.axes import find_segments, fit_manhattan
from pipeline.rooms.depth import DenseSettings, dense_point_maps
from pipeline.rooms.layout import Layout, estimate_geometric
from pipeline.rooms.prior import own_eye
from pipeline.rooms.scene import PointMaps
from pipeline.rooms.single_photo.bodies import bodies_of
from tests.pipeline.rooms.drawn_rooms import FOCAL_PX, draw, drawn_box
from tests.pipeline.rooms.textured_box import Shot, as_photos, looking, shoot, true_cameras

#: width and height: 4:3, upright 3:4, 3:2 and a square; stereo's smaller sizes divide none of them
SHAPES_PX = ((94, 70), (70, 94), (94, 63), (78, 78))
#: wings of which every kernel must have run
WINGS = ("axes", "box", "depth", "layout", "single_photo", "stereo")


def mixed_shots() -> list[Shot]:
    """Four photos that overlap, each of another shape."""
    at = (3.4, 1.8, 1.0)
    centres = [(0.7, 0.6, 1.4), (0.9, 1.2, 1.5), (0.6, 1.8, 1.3), (1.2, 0.9, 1.6)]
    poses = [looking(centre, at) for centre in centres]
    return [shoot(pose, *size, 62.0) for pose, size in zip(poses, SHAPES_PX, strict=True)]


def maps_of(taken: list[Shot], folder: Path) -> PointMaps:
    """Point maps by the whole depth stage, at the size of the photos."""
    longest = max(max(shot.image.shape) for shot in taken)
    return dense_point_maps(as_photos(taken, folder), true_cameras(taken), DenseSettings(max_px=longest))


def kernels() -> dict[str, Dispatcher]:
    """Compiled kernels of the wings, by module and name."""
    found = {}
    for wing in WINGS:
        package = import_module(f"pipeline.rooms.{wing}")
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for value in vars(import_module(module.name)).values():
                if isinstance(value, Dispatcher):
                    found[f"{value.py_func.__module__}.{value.py_func.__name__}"] = value
    return found


def run_in(found: dict[str, Dispatcher]) -> set[str]:
    """Names of the kernels that ran: called by Python, or part of one that was."""
    ran: set[str] = set()
    waiting = [kernel for kernel in found.values() if kernel.signatures]
    while waiting:
        kernel = waiting.pop()
        name = f"{kernel.py_func.__module__}.{kernel.py_func.__name__}"
        if name not in ran:
            ran.add(name)
            used = [kernel.py_func.__globals__.get(name) for name in kernel.py_func.__code__.co_names]
            waiting += [value for value in used if isinstance(value, Dispatcher)]
    return ran


def main() -> None:
    """Run everything, then name the kernels that did not."""
    with TemporaryDirectory() as folder:
        maps = maps_of(mixed_shots(), Path(folder))
    assert [view.image.shape[:2] for view in maps.views] == [(height, width) for width, height in SHAPES_PX]
    assert all(np.isfinite(view.points).all() for view in maps.views)
    upright = draw(drawn_box())[:, 90:-91]
    layout = estimate_geometric(upright, FOCAL_PX)
    assert isinstance(layout, Layout)
    assert layout.box is not None
    bodies = bodies_of(upright, layout.box, own_eye().predict(upright, layout.box.K))
    assert bodies.depth_m.shape == upright.shape[:2]
    assert fit_manhattan(find_segments(upright), FOCAL_PX)
    found = kernels()
    idle = sorted(set(found) - run_in(found))
    assert not idle, f"never run, so never checked: {', '.join(idle)}"


if __name__ == "__main__":
    main()
