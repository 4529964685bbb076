"""Contact sheets of the eye: every photo of a folder once, in the order of names."""

from pathlib import Path
from typing import cast

import numpy as np
import pytest
from jaxtyping import UInt8
from PIL import Image

from benchmarks.eye import sheets
from pipeline.rooms.prior import EyePrior, Prior


class Flat:
    """Sees one wall, two heights away."""

    def predict(self, image: UInt8[np.ndarray, "H W 3"]) -> Prior:
        """The same for any photo."""
        sides = np.zeros((24, 32, 6), np.float32)
        sides[..., 2] = 1
        even = np.full((24, 32), 2.0, np.float32)
        normals = np.tile(np.array([0, 0, -1], np.float32), (24, 32, 1))
        return Prior(even, even, sides, normals, even, np.eye(3), np.array([0, 1.0, 0]), False, 0.1, 0.1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Nineteen photos, upright and wide, and a text."""
    (tmp_path / "flat").mkdir()
    for k in range(19):
        size = (90, 60) if k % 2 else (60, 90)
        Image.new("RGB", size, (10 * k, 0, 0)).save(tmp_path / "flat" / f"{k:02}.png")
    (tmp_path / "flat" / "notes.txt").write_text("no photo")
    return tmp_path / "flat"


def test_every_photo_is_on_one_sheet(folder: Path, tmp_path: Path) -> None:
    eye = cast(EyePrior, Flat())
    written = sheets.write_sheets(folder, tmp_path / "out", eye)
    assert [path.name for path in written] == ["flat-1.png", "flat-2.png"]
    first = sheets.strip(folder / "00.png", eye)
    with Image.open(written[0]) as opened:
        page = np.asarray(opened)
    assert np.array_equal(page[: first.shape[0], : first.shape[1]], first)
    with Image.open(written[1]) as opened:
        assert opened.height == 2 * first.shape[0]


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no photos"):
        sheets.write_sheets(tmp_path, tmp_path / "out", cast(EyePrior, Flat()))
