"""Which sides photos show and where they stand, and what lens each photo was taken with."""

import math
from dataclasses import replace

import numpy as np
import pytest

from pipeline.rooms.scene.point_maps import Source
from pipeline.rooms.sizes import Band, measure_room, sizes_of
from pipeline.rooms.sizes.lenses import equivalent_mm, lens_words
from tests.pipeline.rooms.box_room import HIGH
from tests.pipeline.rooms.seen_room import HEIGHT, WIDTH, K, seen_from

#: from two corners of the box of 4 x 5 x 2.6 m; all of its sides are seen
CORNERS = (((0.5, 0.5, 1.5), (3.0, 4.0, 1.2)), ((3.5, 4.5, 1.5), (1.0, 1.0, 1.3)))
FOCAL_MM = 70.0 * math.hypot(36, 24) / math.hypot(WIDTH, HEIGHT)


def test_a_room_seen_from_two_corners_is_measured() -> None:
    found = measure_room(seen_from(*CORNERS))
    assert all(side.seen for side in found.sides)
    for axis, metres in enumerate(HIGH):
        assert found.extent(axis) == pytest.approx(metres, abs=0.03)
    assert [photo.photo_id for photo in found.photos] == ["p1", "p2"]
    assert sum(row.count("1") for row in found.floor.rows) > 0.6 * 20 / found.floor.cell**2


def test_the_wall_behind_the_photographer_was_not_seen() -> None:
    found = measure_room(seen_from(((2.0, 0.6, 1.5), (2.0, 4.0, 1.3))))
    seen = {(side.axis, side.sign): side.seen for side in found.sides}
    assert seen[1, -1], "the wall ahead"
    assert not seen[1, 1], "the wall behind"
    size = sizes_of({"r": found})["r"]
    assert size.axes[0] == 1 or size.axes[1] == 1
    assert None in (size.length_m, size.width_m)
    assert size.floor_area_m2 is None


def test_a_room_of_one_photo_is_known_by_its_points() -> None:
    maps = seen_from(CORNERS[0])
    guessed = replace(maps.views[0], source=np.full((HEIGHT, WIDTH), Source.INFERRED, np.uint8))
    unsure = replace(guessed, confidence=np.full((HEIGHT, WIDTH), 0.07, np.float32))
    assert not measure_room(maps).of_one_photo
    assert measure_room(replace(maps, views=(guessed,))).sureness == 1.0
    doubted = measure_room(replace(maps, views=(unsure,)))
    assert doubted.of_one_photo
    assert not sizes_of({"r": doubted})["r"].is_known


def test_the_focal_length_is_that_of_the_photo_and_surer_where_the_camera_told() -> None:
    maps = seen_from(*CORNERS)
    found = measure_room(maps, {"p1": (1.0, True), "p2": (1.25, False)})
    told, estimated = (photo.focal_35mm for photo in found.photos)
    assert told is not None
    assert estimated is not None
    assert told.value == pytest.approx(FOCAL_MM)
    assert estimated.value == pytest.approx(FOCAL_MM / 1.25), "straightening magnified it"
    assert told.high / told.low < estimated.high / estimated.low
    assert found.photos[0].from_exif
    assert not found.photos[1].from_exif
    assert found.photos[0].half_angle_rad == pytest.approx(math.atan(0.5 * WIDTH / K[0, 0]))


def test_equivalents_compare_diagonals_as_cameras_do() -> None:
    assert equivalent_mm(20 / 36 * 1152, 1152, 768) == pytest.approx(20.0)
    assert equivalent_mm(480, 640, 480) == pytest.approx(480 * math.hypot(36, 24) / 800)
    with pytest.raises(ValueError, match="positive"):
        equivalent_mm(0.0, 640, 480)


@pytest.mark.parametrize(
    ("mm", "said"), [(18.0, "1.4 times deeper"), (26.0, "about as deep"), (52.0, "2.0 times flatter")]
)
def test_a_lens_is_told_in_words_for_guests(mm: float, said: str) -> None:
    words = lens_words(Band.of_log(math.log(mm), 0.05))
    assert said in words
    assert "mm" not in words
