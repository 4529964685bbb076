"""ScanNet++ on disk to shards: rooms never mix, a stopped run goes on, what cannot be read is told."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pipeline.distill.data import scannetpp
from pipeline.distill.data.sampling import sets_of_five
from pipeline.distill.data.scannetpp import DataError, PreparedScenes, find_rooms, photos_of, prepare
from pipeline.distill.data.scenes import OrderedScenes, collate

COLOURS = {"0a5c01": (250, 10, 10), "1b9f02": (10, 250, 10), "2c7703": (10, 10, 250)}


def _room(root: Path, name: str, photos: int, colour: tuple[int, int, int]) -> Path:
    folder = root / "data" / name / scannetpp.IMAGES
    folder.mkdir(parents=True)
    for number in range(photos):
        tone = tuple(max(0, value - 2 * number) for value in colour)
        Image.new("RGB", (64, 48), tone).save(folder / f"DSC{number + 8:05d}.png")
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three rooms of one colour each, and one with too few photos."""
    for name, colour in COLOURS.items():
        _room(tmp_path, name, 40, colour)
    _room(tmp_path, "few", 19, (90, 90, 90))
    return tmp_path


def test_rooms_of_one_colour_each_never_mix(data: Path, tmp_path: Path) -> None:
    told = prepare(data, tmp_path / "out")
    assert (told.done, told.too_few, told.sets, told.problems) == (3, 1, 21, ())
    scenes = PreparedScenes.open(tmp_path / "out")
    asked = [(number, number % 3) for number in np.random.default_rng(0).permutation(len(scenes))]
    loader = torch.utils.data.DataLoader(
        OrderedScenes(scenes, seed=0),
        batch_sampler=[asked[k : k + 4] for k in range(0, 20, 4)],
        collate_fn=collate,
    )
    for batch in loader:
        brightest = torch.stack([view.mean(dim=(2, 3)).argmax(dim=1) for view in batch.views])
        expected = [list(COLOURS).index(scene.room) for scene in batch.scenes]
        assert (brightest == torch.tensor(expected)).all()


def test_a_batch_has_the_originals_form(data: Path, tmp_path: Path) -> None:
    prepare(data, tmp_path / "out")
    scenes = PreparedScenes.open(tmp_path / "out")
    views = collate([scenes.scene(k) for k in (0, 8, 15, 2)]).as_dicts()
    assert len(views) == 5
    for number, view in enumerate(views):
        pictures, shape = view["img"], view["true_shape"]
        assert isinstance(pictures, torch.Tensor)
        assert isinstance(shape, torch.Tensor)
        assert pictures.shape == (4, 3, 192, 256)
        assert -1 <= float(pictures.min()) < float(pictures.max()) <= 1
        assert shape.tolist() == [[192, 256]] * 4
        assert view["instance"] == [f"{scenes.scene(k).key}_{number}" for k in (0, 8, 15, 2)]
        assert torch.equal(torch.as_tensor(view["idx"]), torch.full((4,), number))


def test_the_pictures_are_those_of_the_originals_sets(data: Path, tmp_path: Path) -> None:
    prepare(data, tmp_path / "out")
    scenes = PreparedScenes.open(tmp_path / "out")
    third = next(k for k, entry in enumerate(scenes.index) if entry == ("0a5c01", 2))
    reds = [250 - 2 * photo for photo in sets_of_five(40)[2]]
    assert scenes.scene(third).images[:, 0, 0, 0].tolist() == reds


def test_a_stopped_run_goes_on_with_the_next_room(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    assert prepare(data, out, most_rooms=1).done == 1
    first = (out / "rooms" / "0a5c01.npy").read_bytes()
    (out / "rooms" / "1b9f02.npy").write_bytes(b"half of a shard")  # no index beside it: not done
    again = prepare(data, out)
    assert (again.done, again.before) == (2, 1)
    assert (out / "rooms" / "0a5c01.npy").read_bytes() == first
    assert len(PreparedScenes.open(out)) == 21
    monkeypatch.setattr(scannetpp, "_read", lambda path: pytest.fail("read again"))
    assert prepare(data, out).before == 3


def test_a_broken_photo_costs_its_set_and_is_named(data: Path, tmp_path: Path) -> None:
    (data / "data" / "1b9f02" / scannetpp.IMAGES / "DSC00009.png").write_bytes(b"no picture")
    told = prepare(data, tmp_path / "out")
    assert told.sets == 20
    assert "DSC00009.png" in told.problems[0]
    index = json.loads((tmp_path / "out" / "rooms" / "1b9f02.json").read_text())
    assert index["left_out"] == [list(sets_of_five(40)[0])]


def test_photos_are_sorted_by_number(tmp_path: Path) -> None:
    for name in ("DSC10.JPG", "DSC9.JPG", "DSC100.JPG", "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in photos_of(tmp_path)] == ["DSC9.JPG", "DSC10.JPG", "DSC100.JPG"]


def test_held_out_rooms_are_not_trained_on(data: Path, tmp_path: Path) -> None:
    prepare(data, tmp_path / "out")
    kept, out = PreparedScenes.open(tmp_path / "out").split(5)
    assert (len(kept), len(out)) == (14, 7)
    assert not {room for room, _ in kept.index} & {room for room, _ in out.index}
    with pytest.raises(DataError, match="leaves none"):
        out.split(5)


def test_what_is_missing_is_told(tmp_path: Path, data: Path) -> None:
    with pytest.raises(DataError, match="resized_undistorted_images"):
        find_rooms(tmp_path / "nothing")
    with pytest.raises(DataError, match="prepare first"):
        PreparedScenes.open(tmp_path / "empty")
    out = tmp_path / "out"
    prepare(data, out, most_rooms=1)
    (out / "settings.json").write_text('{"version": 0}')
    with pytest.raises(DataError, match="other settings"):
        prepare(data, out)
