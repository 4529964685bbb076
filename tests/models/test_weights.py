"""The list of weights, where they are looked for, and how they are verified."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.checkpoints import WeightsDamaged, WeightsMissing
from models.weights import WEIGHTS, weights_named
from models.weights_verify import verify
from tests.models.fast3r.tiny import tiny_model, write_folder


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
    with pytest.raises(KeyError, match="choose one of: minilm-sentence-model, universal-"):
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


FAST3R = weights_named("fast3r")


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
