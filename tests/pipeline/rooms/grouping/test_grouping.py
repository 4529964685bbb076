"""Photos of a whole home are grouped by what they show in common."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.progress import Cancelled, Progress
from pipeline.rooms.grouping.group import GroupingSettings, PhotoGroups, group_photos
from pipeline.rooms.photos.room_photo import RoomPhoto
from tests.pipeline.rooms import textured_box

QUICK = GroupingSettings(max_features=400)


def _photo(folder: Path, name: str, image: np.ndarray) -> RoomPhoto:
    path = folder / f"{name}.png"
    Image.fromarray(image).save(path)
    return RoomPhoto(name, path, image.shape[1], image.shape[0])


def _two_rooms(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[RoomPhoto]:
    photos = [_photo(folder, f"a{k}", shot.image) for k, shot in enumerate(textured_box.shots(240)[:3])]
    other = [texture[::-1, :, ::-1] for texture in reversed(textured_box.TEXTURES)]
    monkeypatch.setattr(textured_box, "TEXTURES", other)
    photos += [_photo(folder, f"b{k}", shot.image) for k, shot in enumerate(textured_box.shots(240)[:2])]
    return photos


@pytest.mark.slow
def test_two_rooms_are_told_apart_and_the_result_repeats_and_survives_a_round_trip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a0, a1, a2, b0, b1 = _two_rooms(tmp_path, monkeypatch)
    black = _photo(tmp_path, "black", np.zeros((240, 320, 3), np.uint8))
    broken = RoomPhoto("broken", tmp_path / "missing.jpg", 320, 240)
    mixed = [b0, a0, black, a1, b1, broken, a2]
    fractions: list[float] = []
    found = group_photos(mixed, tmp_path, QUICK, Progress(lambda fraction, _: fractions.append(fraction)))
    assert found.groups == (("a0", "a1", "a2"), ("b0", "b1"))
    assert set(found.kept_out) == {"black", "broken"}
    assert "dark" in found.kept_out["black"]
    assert all(e.role not in ("joins", "attaches") for e in found.edges if e.evidence.a[0] != e.evidence.b[0])
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert not (tmp_path / "grouping").exists()
    again = group_photos(mixed, tmp_path, QUICK)
    assert again == found
    found.save(tmp_path)
    assert PhotoGroups.load(tmp_path) == found


def test_no_readable_photo_is_no_group(tmp_path: Path) -> None:
    found = group_photos([RoomPhoto("a", tmp_path / "missing.jpg", 10, 10)], tmp_path)
    assert found.groups == ()
    assert set(found.kept_out) == {"a"}
    assert group_photos([], tmp_path).groups == ()


def test_a_cancel_ends_it_and_leaves_no_files(tmp_path: Path) -> None:
    photos = [_photo(tmp_path, f"a{k}", shot.image) for k, shot in enumerate(textured_box.shots(160))]

    def stop(fraction: float, message: str) -> None:
        if fraction > 0.1:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        group_photos(photos, tmp_path, QUICK, Progress(stop))
    assert not (tmp_path / "grouping").exists()


def test_settings_and_photos_are_checked(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="partners"):
        GroupingSettings(partners=0)
    twice = [RoomPhoto("a", tmp_path / "a.jpg", 10, 10)] * 2
    with pytest.raises(ValueError, match="id of its own"):
        group_photos(twice, tmp_path)
