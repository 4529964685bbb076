"""Where two photos meet on a wall their colours become equal; pictures of different things stay as they are."""

import numpy as np
import pytest

from pipeline.rooms.surface.seam_levelling import Charts, level_seams

#: a wall as a strip of squares, its left half shown by one photo and its right half by another
SQUARES, CELL_PX, GAP_PX = 12, 20, 40
LEFT, RIGHT = np.s_[2 : CELL_PX - 2, 4 : CELL_PX * 6 - 2], np.s_[2 : CELL_PX - 2, CELL_PX * 6 + GAP_PX + 2 : -4]


def strip(second_photo: int = 1) -> Charts:
    vertex: list[int] = []
    photo, at, faces = [], [], []
    for half in range(2):
        first = len(vertex)
        for column in range(SQUARES // 2 + 1):
            for row in range(2):
                vertex.append(2 * (column + half * SQUARES // 2) + row)
                photo.append(second_photo if half else 0)
                x = (column + half * SQUARES // 2) * CELL_PX + half * GAP_PX
                at.append((x, row * (CELL_PX - 1)))
        for column in range(SQUARES // 2):
            a = first + 2 * column
            faces += [(a, a + 1, a + 2), (a + 1, a + 3, a + 2)]
    colors = np.full((len(vertex), 3), 150, np.uint8)
    return Charts(np.array(vertex), np.array(photo), np.array(at, float), colors, np.array(faces))


def atlas(left: int, right: int) -> np.ndarray:
    picture = np.full((CELL_PX, SQUARES * CELL_PX + GAP_PX, 3), left, np.uint8)
    picture[:, CELL_PX * 6 + GAP_PX // 2 :] = right
    return picture


def test_colours_meet_at_the_seam_and_change_slowly() -> None:
    before = atlas(100, 130)
    after, _ = level_seams(strip(), before)
    left, right = after[LEFT].astype(int), after[RIGHT].astype(int)
    assert abs(left[:, -1].mean() - right[:, 0].mean()) < 3
    assert left.mean() == pytest.approx(115, abs=4)
    assert right.mean() == pytest.approx(115, abs=4)
    assert np.abs(np.diff(left.mean(axis=(0, 2)))).max() <= 2


def test_vertex_colours_join_in() -> None:
    after, colors = level_seams(strip(second_photo=-1), atlas(120, 0))
    assert abs(int(after[LEFT][:, -1].mean()) - int(colors[SQUARES + 2 :][0].mean())) < 4


@pytest.mark.parametrize("right", [100, 220], ids=["no seam", "two different things"])
def test_nothing_changes_without_a_seam(right: int) -> None:
    before = atlas(100, right)
    after, colors = level_seams(strip(), before)
    assert np.array_equal(after, before)
    assert (colors == 150).all()


def test_pixels_that_no_face_shows_stay() -> None:
    before = atlas(100, 130)
    after, _ = level_seams(strip(), before)
    unused = np.s_[:, CELL_PX * 6 + 4 : CELL_PX * 6 + GAP_PX - 4]
    assert np.array_equal(after[unused], before[unused])
