"""The pictures that the demo ships are pictures of the renderer: quick renderings look alike."""

import numpy as np
import pytest

from pipeline.progress import Progress
from tools.demo_renderer.photographs import ROOMS, Studio, photo_name
from tools.demo_renderer.rendered import RenderSettings
from tools.demo_renderer.rooms import bedroom
from tools.demo_renderer.scene import Scene, linear_rgb
from tools.demo_renderer.shipped import PHOTOS, is_picture_of

SIZE_PX = (576, 384)


@pytest.fixture(scope="module", params=list(ROOMS))
def studio(request: pytest.FixtureRequest) -> Studio:
    """A room with the light of a draft."""
    return Studio.furnish(request.param, 1, Progress())


@pytest.mark.parametrize("number", [0, 6])
def test_a_shipped_picture_is_what_the_renderer_makes(studio: Studio, number: int) -> None:
    camera = studio.cameras(SIZE_PX, RenderSettings().views_per_room)[number]
    picture = studio.photograph(camera, number, Progress())
    assert is_picture_of(PHOTOS / f"{photo_name(studio.room, number)}.jpg", picture)
    others = {photo_name(room, k) for room in ROOMS for k in range(8)} - {photo_name(studio.room, number)}
    assert not any(is_picture_of(PHOTOS / f"{name}.jpg", picture) for name in others)


def test_another_colour_of_one_thing_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_a_blue_throw() -> Scene:
        scene = bedroom.build()
        [rows] = np.nonzero(np.isclose(scene.materials[:, :3], linear_rgb("#c07a4d")).all(axis=1))
        scene.materials[rows, :3] = linear_rgb("#4d7ac0")
        return scene

    monkeypatch.setitem(ROOMS, "bedroom", (with_a_blue_throw, bedroom.cameras))
    studio = Studio.furnish("bedroom", 1, Progress())
    picture = studio.photograph(studio.cameras(SIZE_PX, 8)[0], 0, Progress())
    assert not is_picture_of(PHOTOS / f"{photo_name('bedroom', 0)}.jpg", picture)


def test_all_pictures_of_the_plan_are_shipped_and_no_others() -> None:
    settings = RenderSettings()
    planned = {f"{photo_name(room, k)}.jpg" for room in settings.rooms for k in range(settings.views_per_room)}
    assert {path.name for path in PHOTOS.glob("*.*")} == planned | {"rooms.json"}
    assert sum(path.stat().st_size for path in PHOTOS.glob("*.jpg")) < 5.3e6
