"""Metadata leaves, pixels stay."""

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from scrapers.jpeg import strip_metadata
from tests.scrapers.photo_helpers import exif, jpeg_bytes, scene


def decoded(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


@pytest.mark.parametrize("progressive", [False, True])
def test_pixels_are_untouched_and_metadata_is_gone(progressive: bool) -> None:
    secret = b"51.5007N"
    data = jpeg_bytes(
        scene(),
        progressive=progressive,
        exif=exif(1, 26, gps=True),
        comment=secret,
        icc_profile=b"x" * 200,
        xmp=secret,
    )
    data += b"\xff\xd8 a video or a second picture after the end"
    stripped = strip_metadata(data)
    assert np.array_equal(decoded(stripped), decoded(data))
    assert stripped.endswith(b"\xff\xd9")
    assert secret in data
    for left_out in (secret, b"Exif", b"ICC_PROFILE", b"Phone 7", b"a video"):
        assert left_out not in stripped
    assert dict(Image.open(io.BytesIO(stripped)).getexif()) == {}


def test_stripping_twice_changes_nothing_more() -> None:
    once = strip_metadata(jpeg_bytes(scene(), exif=exif(1)))
    assert strip_metadata(once) == once


def test_the_colour_transform_marker_of_cmyk_files_is_kept() -> None:
    data = jpeg_bytes(scene().convert("CMYK"))
    assert np.array_equal(decoded(strip_metadata(data)), decoded(data))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damaged_files_are_refused_with_a_value_error_only(data: st.DataObject) -> None:
    damaged = bytearray(jpeg_bytes(scene(width=64, height=48)))
    del damaged[data.draw(st.integers(0, len(damaged))) :]
    if damaged:
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ValueError):
        strip_metadata(bytes(damaged))
