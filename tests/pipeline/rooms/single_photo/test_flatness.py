"""Even surfaces of furniture become planes along the room's axes; what is round or askew stays."""

import numpy as np
import pytest

from pipeline.rooms.scene.rays import pixel_rays
from pipeline.rooms.single_photo.flatness import flattened
from pipeline.rooms.single_photo.spreading import cut, links_of

HEIGHT_PX, WIDTH_PX = 60, 80
#: the room's right, forward and up in camera axes: a level camera that looks straight ahead
CAMERA_FROM_ROOM = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])
TOP = np.s_[40:58, 20:60]
HEIGHT_M = -0.9


def _rays() -> np.ndarray:
    K = np.array([[60.0, 0, (WIDTH_PX - 1) / 2], [0, 60.0, (HEIGHT_PX - 1) / 2], [0, 0, 1.0]])
    rays: np.ndarray = pixel_rays(K, HEIGHT_PX, WIDTH_PX) @ CAMERA_FROM_ROOM
    return rays


def _flat(wave_m: float, up: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Heights of a table's top before and after, its surface waved by so much."""
    rays, thing = _rays(), np.zeros((HEIGHT_PX, WIDTH_PX), bool)
    thing[TOP] = True
    waves = wave_m * np.sin(np.arange(WIDTH_PX) / 4.0)
    depth = np.where(thing, (HEIGHT_M + waves) / np.minimum(rays[..., 2], -1e-3), 5.0)
    normals = np.zeros((HEIGHT_PX, WIDTH_PX, 3))
    normals[..., 2], normals[..., 1] = up, -np.sqrt(1.0 - up**2)
    links = cut(links_of(np.full((HEIGHT_PX, WIDTH_PX, 3), 90, np.uint8)), thing)
    found = flattened(depth, thing, normals, rays, links)
    assert np.allclose(found[~thing], 5.0, rtol=1e-4)
    return (depth * rays[..., 2])[TOP], (found * rays[..., 2])[TOP]


def test_a_top_becomes_level() -> None:
    before, after = _flat(0.06)
    assert np.ptp(before) > 0.1
    assert np.ptp(after) < 0.02
    assert np.median(after) == pytest.approx(HEIGHT_M, abs=0.02)


def test_what_is_far_from_flat_stays() -> None:
    before, after = _flat(0.5)
    assert np.ptp(after) > 0.5 * np.ptp(before)


def test_what_looks_along_no_axis_stays() -> None:
    before, after = _flat(0.06, up=0.7)
    assert np.ptp(after) > 0.5 * np.ptp(before)
