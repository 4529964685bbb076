"""Focal lengths from EXIF, by the law of the diagonal."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.exif import focal_length_px, read_capture

F35, FOCAL, PLANE_X, PLANE_UNIT, PIXEL_X, PIXEL_Y = 0xA405, 0x920A, 0xA20E, 0xA210, 0xA002, 0xA003
edges = st.integers(300, 9000)


def test_a_full_frame_picture_of_36_mm_focal_length_is_as_wide_as_far() -> None:
    assert focal_length_px({F35: 36}, (3600, 2400)) == pytest.approx(3600)


def test_the_equivalence_is_by_diagonal_for_the_4_to_3_sensors_of_phones() -> None:
    sensor_mm, lens_mm = (5.6, 4.2), 4.2  # sold as a 26 mm lens
    by_sensor = lens_mm / sensor_mm[0] * 4032
    by_equivalence = focal_length_px({F35: 26}, (4032, 3024))
    assert by_equivalence == pytest.approx(by_sensor, rel=0.005)


@given(edges, edges, st.floats(12, 200))
def test_rotation_does_not_change_the_focal_length(width: int, height: int, focal_mm: float) -> None:
    size, turned = (width, height), (height, width)
    assert focal_length_px({F35: focal_mm}, size) == focal_length_px({F35: focal_mm}, turned)
    plane = {FOCAL: focal_mm, PLANE_X: 2000.0, PLANE_UNIT: 3, PIXEL_X: width, PIXEL_Y: height}
    assert focal_length_px(plane, size) == focal_length_px(plane, turned)


@given(edges, edges, st.integers(12, 200), st.sampled_from([0.25, 0.5, 2.0]))
def test_scaling_the_picture_scales_the_focal_length(width: int, height: int, f35: int, scale: float) -> None:
    full = focal_length_px({F35: f35}, (4 * width, 4 * height))
    scaled = focal_length_px({F35: f35}, (round(4 * width * scale), round(4 * height * scale)))
    assert full is None or scaled == pytest.approx(full * scale)


def test_focal_plane_resolution_is_used_where_the_equivalent_is_missing() -> None:
    sensor_width_mm, recorded_px = 22.5, (6000, 4000)
    tags = {FOCAL: 18.0, PLANE_X: 6000 / sensor_width_mm, PLANE_UNIT: 4, PIXEL_X: 6000, PIXEL_Y: 4000}
    assert focal_length_px(tags, recorded_px) == pytest.approx(18.0 / sensor_width_mm * 6000)
    assert focal_length_px(tags, (3000, 2000)) == pytest.approx(18.0 / sensor_width_mm * 3000)
    in_inches = tags | {PLANE_X: 6000 / sensor_width_mm * 25.4, PLANE_UNIT: 2}
    assert focal_length_px(in_inches, recorded_px) == pytest.approx(18.0 / sensor_width_mm * 6000)


def test_the_equivalent_goes_before_the_focal_plane() -> None:
    tags = {F35: 36, FOCAL: 18.0, PLANE_X: 1.0, PLANE_UNIT: 4}
    assert focal_length_px(tags, (3600, 2400)) == pytest.approx(3600)


def test_a_cropped_picture_has_no_known_focal_length() -> None:
    assert focal_length_px({F35: 26, PIXEL_X: 4032, PIXEL_Y: 3024}, (3024, 3024)) is None
    assert focal_length_px({F35: 26, PIXEL_X: 4032, PIXEL_Y: 3024}, (1512, 2016)) is not None


@pytest.mark.parametrize("value", [0, -3, math.nan, math.inf, "no", None, b"\x00", (1, 2), 10**400])
def test_unusable_values_mean_unknown(value: object) -> None:
    assert focal_length_px({F35: value}, (400, 300)) is None
    assert focal_length_px({FOCAL: value, PLANE_X: 100.0}, (400, 300)) is None


def test_absurd_focal_lengths_mean_unknown() -> None:
    assert focal_length_px({F35: 1}, (4000, 3000)) is None
    assert focal_length_px({F35: 65535}, (4000, 3000)) is None


def test_make_is_not_said_twice_and_unprintable_padding_is_dropped() -> None:
    assert read_capture({0x010F: "Canon", 0x0110: "Canon EOS R5\0\0"}, {}, (9, 9)).camera == "Canon EOS R5"
    assert read_capture({0x010F: "Apple ", 0x0110: "iPhone 15"}, {}, (9, 9)).camera == "Apple iPhone 15"
    assert read_capture({}, {}, (9, 9)).camera is None


@pytest.mark.parametrize(("value", "orientation"), [(6, 6), (0, 1), (9, 1), ("6", 1), (None, 1)])
def test_only_the_eight_orientations_count(value: object, orientation: int) -> None:
    assert read_capture({0x0112: value}, {}, (9, 9)).orientation == orientation
