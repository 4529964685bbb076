"""The list of weights, where they are looked for, and how they are fetched and verified."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from models.checkpoints import WeightsDamaged, WeightsError, WeightsMissing
from models.weights import WEIGHTS, Weights, weights_named
from models.weights_fetch import LicenceNotAccepted, fetch, open_url, remote_files, verify
from tests.models.fast3r.tiny import tiny_model, write_folder

CONTENT = {"config.json": b'{"a": 1}', "model.safetensors": bytes(range(256)) * 12_000}


@pytest.fixture(autouse=True)
def weights_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHOWROOM_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


def test_every_entry_says_what_a_user_must_know() -> None:
    assert len({weights.key for weights in WEIGHTS}) == len(WEIGHTS)
    for weights in WEIGHTS:
        assert weights.adds
        assert weights.licence
        assert weights.how
        assert weights.package or weights.path
    assert "non-commercial" in weights_named("fast3r").restriction
    assert weights_named("Fast3R") is weights_named("fast3r")
    with pytest.raises(KeyError, match="choose one of: minilm-sentence-model, fast3r"):
        weights_named("gpt")


def test_weights_are_found_by_folder_by_file_and_by_environment(
    weights_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    student = weights_named("Fast3R student")
    assert student.place() == weights_place / "fast3r_student"
    assert not student.present()
    (weights_place / "fast3r_student").mkdir(parents=True)
    (weights_place / "fast3r_student" / "model.safetensors.part").touch()
    assert not student.present()
    (weights_place / "fast3r_student.pth").touch()
    assert student.place() == weights_place / "fast3r_student.pth"
    assert student.present()
    monkeypatch.setenv("SHOWROOM_FAST3R_STUDENT", str(weights_place / "mine"))
    assert student.place() == weights_place / "mine"
    assert not student.present()


class _Hub:
    """Serves :data:`CONTENT`; ends the connection after ``limit`` bytes of every answer."""

    def __init__(self, limit: int | None = None, ranges: bool = True, lies: bool = False) -> None:
        self.limit, self.ranges, self.lies = limit, ranges, lies
        self.asked: list[tuple[str, int]] = []

    def __call__(self, url: str, offset: int) -> Any:
        self.asked.append((url.rsplit("/", 1)[1], offset))
        if "/api/" in url:
            return self._answer(self._listing(), 200)
        content = CONTENT[url.rsplit("/", 1)[1]]
        start = offset if self.ranges else 0
        end = None if self.limit is None else start + self.limit
        return self._answer(content[start:end], 206 if start else 200)

    def _listing(self) -> bytes:
        digest = hashlib.sha256(b"other" if self.lies else CONTENT["model.safetensors"]).hexdigest()
        siblings = [
            {"rfilename": "config.json", "size": 8},
            {"rfilename": "model.safetensors", "size": 3_072_000, "lfs": {"sha256": digest}},
            {"rfilename": "README.md", "size": 5},
        ]
        return json.dumps({"siblings": siblings}).encode()

    def _answer(self, content: bytes, status: int) -> Any:
        answer: Any = io.BytesIO(content)
        wrapped = type("Answer", (), {"status": status, "read": lambda self, n: answer.read(n)})
        return wrapped()


FAST3R = weights_named("fast3r")


def test_fetching_reports_and_ends_with_whole_files(weights_place: Path) -> None:
    seen: list[tuple[int, int]] = []
    paths = fetch(FAST3R, lambda done, total, _: seen.append((done, total)), accept_licence=True, opener=_Hub())
    assert [path.read_bytes() for path in paths] == list(CONTENT.values())
    assert seen == sorted(seen)
    assert seen[-1] == (3_072_008, 3_072_008)
    assert not list(weights_place.rglob("*.part"))


@pytest.mark.parametrize("ranges", [True, False])
def test_a_stopped_download_is_continued(weights_place: Path, ranges: bool) -> None:
    with pytest.raises(WeightsError, match="Run the same command again to continue"):
        fetch(FAST3R, lambda *_: None, accept_licence=True, opener=_Hub(limit=2_000_000))
    assert not FAST3R.place().joinpath("model.safetensors").exists()
    hub = _Hub(ranges=ranges)
    fetch(FAST3R, lambda *_: None, accept_licence=True, opener=hub)
    assert (FAST3R.place() / "model.safetensors").read_bytes() == CONTENT["model.safetensors"]
    assert ("model.safetensors", 2_000_000) in hub.asked
    assert not any(name == "config.json" for name, _ in hub.asked)


def test_a_wrong_checksum_is_told_and_nothing_is_kept() -> None:
    with pytest.raises(WeightsDamaged, match="another checksum"):
        fetch(FAST3R, lambda *_: None, accept_licence=True, opener=_Hub(lies=True))
    assert not list(FAST3R.place().glob("model*"))


def test_a_restrictive_licence_must_be_agreed_to() -> None:
    hub = _Hub()
    with pytest.raises(LicenceNotAccepted, match="not for commercial use"):
        fetch(FAST3R, lambda *_: None, opener=hub)
    assert not hub.asked


def test_what_cannot_be_fetched_says_how_to_get_it() -> None:
    with pytest.raises(WeightsMissing, match="Google Drive"):
        fetch(weights_named("st-roomnet"), lambda *_: None, opener=_Hub())


def test_a_full_disk_is_noticed_before(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(WeightsError, match="Free some space"):
        fetch(FAST3R, lambda *_: None, accept_licence=True, opener=_Hub())


@pytest.mark.parametrize(
    "listing",
    [b"<html>", b"{}", b'{"siblings": [{"rfilename": "../../x.json", "size": 1}]}', b'{"siblings": []}'],
)
def test_an_odd_answer_of_the_hub_is_told(listing: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Hub, "_listing", lambda self: listing)
    weights = Weights("x", "x", "x", "x", path="x", hub_id="a/b", hub_files=("*.json",))
    with pytest.raises(WeightsError):
        remote_files(weights, _Hub())


def test_only_https_is_opened() -> None:
    with pytest.raises(WeightsError, match="no https"):
        open_url("file:///etc/hostname", 0)


def test_verifying_tells_what_is_there(weights_place: Path) -> None:
    with pytest.raises(WeightsMissing, match="To get it"):
        verify(FAST3R)
    folder = write_folder(tiny_model(), weights_place / "fast3r")
    findings = " ".join(verify(FAST3R))
    assert "names and shapes fit" in findings
    assert "config.json: not the published one" in findings
    (folder / "model.safetensors").write_bytes(b"x" * 50)
    with pytest.raises(WeightsDamaged):
        verify(FAST3R)
    other = weights_place / "inpainting" / "unet"
    other.mkdir(parents=True)
    (other / "model.safetensors").write_bytes(b"")
    with pytest.raises(WeightsDamaged):
        verify(weights_named("stable-diffusion-inpainting"))
