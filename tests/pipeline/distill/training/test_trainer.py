"""The training: exact after a stop, the same with two processes, honest from before the first step on."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from models.fast3r import Fast3R
from pipeline.distill.data.scenes import Batch, collate
from pipeline.distill.training import targets, trainer
from pipeline.distill.training.curve import Curve, read_curve
from pipeline.distill.training.experiment import Experiment, ExperimentError
from pipeline.distill.training.students import new_student, save_student
from pipeline.distill.training.targets import Teacher
from pipeline.distill.training.trainer import Trainer, train
from tests.pipeline.distill.training.fakes import Walls, experiment, scenes
from tests.places import ROOT


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student of the truth, stored: someone to learn from."""
    folder = tmp_path_factory.mktemp("teacher")
    save_student(new_student(experiment().student, None, seed=5), folder)
    return folder


def _weights(folder: Path) -> bytes:
    return (folder / "student" / "model.safetensors").read_bytes()


def _taught(teacher: Path, **changes: object) -> Experiment:
    return experiment(
        teacher=str(teacher), targets="teacher", student={"copied": ["encoder", "decoder"]}, **changes
    )


def test_a_stopped_training_goes_on_bit_for_bit(tmp_path: Path, teacher: Path) -> None:
    wanted = _taught(teacher, loss={"tokens": 0.1})
    train(wanted, tmp_path / "whole", scenes=scenes())
    train(wanted, tmp_path / "parts", scenes=scenes(), stop_at=1)
    train(wanted, tmp_path / "parts", scenes=scenes())
    assert _weights(tmp_path / "parts") == _weights(tmp_path / "whole")
    kept = [
        [
            {key: value for key, value in line.items() if key != "seconds"}
            for line in read_curve(tmp_path / name)
        ]
        for name in ("whole", "parts")
    ]
    assert kept[0] == kept[1]


def test_the_curve_begins_before_the_first_step_and_falls(tmp_path: Path) -> None:
    train(experiment(optimiser__epochs=7, check_steps=7), tmp_path, scenes=scenes())
    lines = read_curve(tmp_path)
    assert lines[0]["step"] == 0
    assert {"loss", "abs_rel", "points", "auc30"} <= set(lines[0]["held_out"])
    checks = [line["held_out"] for line in lines if "held_out" in line]
    assert checks[-1]["loss"] < 0.8 * checks[0]["loss"]
    assert [line["step"] for line in lines if "train" in line] == list(range(1, 15))
    assert list((tmp_path / "tensorboard").glob("events.*"))


def test_two_processes_give_the_curve_of_one(tmp_path: Path, use_threads: Callable[[int], None]) -> None:
    use_threads(1)
    train(experiment(), tmp_path / "one", scenes=scenes(), stop_at=3)
    port = str(20000 + os.getpid() % 20000)
    base = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.pipeline.distill.training.fakes", str(tmp_path / "two")],
            cwd=ROOT,
            env={**base, "MASTER_PORT": port, "RANK": rank, "LOCAL_RANK": rank},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in ("0", "1")
    ]
    told = [process.communicate(timeout=200)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0], told
    one, two = (read_curve(tmp_path / name) for name in ("one", "two"))
    assert [line["step"] for line in one] == [line["step"] for line in two]
    for alone, together in zip(one, two, strict=True):
        for kind in ("train", "held_out"):
            assert alone.get(kind, {}) == pytest.approx(together.get(kind, {}), abs=1e-4)


def test_the_teachers_maps_are_computed_once(
    tmp_path: Path, teacher: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = collate([Walls(2).scene(0), Walls(2).scene(1)])
    live = Teacher(str(teacher), tmp_path, keep=False).of(batch)[0]
    first = Teacher(str(teacher), tmp_path).of(batch)[0]
    monkeypatch.setattr(targets, "maps_and_tokens", lambda *args: pytest.fail("computed again"))
    again = Teacher(str(teacher), tmp_path).of(batch)[0]
    for a, b, c in zip(live, first, again, strict=True):
        assert torch.equal(a.points, b.points)
        assert torch.equal(b.points, c.points)
        assert b.confidence is not None
        assert c.confidence is not None
        assert torch.equal(b.confidence, c.confidence)


def test_the_teachers_maps_are_the_teachers(tmp_path: Path, teacher: Path) -> None:
    model = Fast3R.from_pretrained(teacher)
    batch = collate([Walls(1).scene(0)])
    target, tokens = Teacher(str(teacher), tmp_path, tokens=True).of(batch)
    said = model(batch.views, seed=0)
    assert torch.allclose(target[0].points, said[0].pts3d_in_other_view, rtol=2e-2, atol=2e-2)
    assert tokens is not None
    assert tokens[0].shape == (1, 6, 32)


def test_a_student_has_the_teachers_encoder_and_decoder_and_fresh_heads(teacher: Path) -> None:
    model = Fast3R.from_pretrained(teacher)
    settings = _taught(teacher).student.model_copy(update={"head": {"layer_dims": [2, 4, 4, 4]}})
    student = new_student(settings, model, seed=1)
    for name, value in student.state_dict().items():
        if name.startswith(("encoder", "decoder")):
            assert torch.equal(value, model.state_dict()[name])
    assert student.config.head.layer_dims == (2, 4, 4, 4)
    assert all(parameter.requires_grad for parameter in student.parameters())
    other = settings.model_copy(update={"encoder": {"depth": 2}})
    with pytest.raises(ExperimentError, match="other sizes"):
        new_student(other, model, seed=1)


def test_the_stored_student_is_read_by_its_backend(tmp_path: Path) -> None:
    student = new_student(experiment().student, None, seed=0).eval()
    save_student(student, tmp_path)
    again = Fast3R.from_pretrained(tmp_path)
    pictures = [torch.rand(1, 3, 32, 48) for _ in range(2)]
    assert torch.equal(student(pictures)[1].pts3d_in_other_view, again(pictures)[1].pts3d_in_other_view)


def test_the_seed_recipe_leaves_the_local_head_as_it_was(tmp_path: Path, teacher: Path) -> None:
    loss = {"mode": "seed", "global_points": 0, "local_points": 0, "confidence": 0}
    wanted = _taught(teacher, loss=loss, optimiser__weight_decay=0)
    before = new_student(wanted.student, Fast3R.from_pretrained(teacher), wanted.seed).state_dict()
    after = train(wanted, tmp_path, scenes=scenes(), stop_at=2).state_dict()
    changed = {name.split(".")[0] for name, value in after.items() if not torch.equal(value, before[name])}
    assert "downstream_head" in changed
    assert "downstream_head_local" not in changed


def test_another_experiment_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    train(experiment(), tmp_path, scenes=scenes(), stop_at=1)
    with pytest.raises(ExperimentError, match="another experiment"):
        train(experiment(seed=1), tmp_path, scenes=scenes())


def test_a_loss_that_is_no_number_stops_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Trainer(experiment(), tmp_path, scenes=scenes())
    batch = collate([Walls(1).scene(0)])
    spoilt = Batch(batch.scenes, [view * float("nan") for view in batch.views])
    with pytest.raises(ExperimentError, match="lower learning rate"):
        made.learn([spoilt, spoilt])


def test_it_stops_after_its_time_with_a_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train(experiment(), tmp_path, scenes=scenes(), minutes=1e-6)
    assert Trainer(experiment(), tmp_path, scenes=scenes()).resume()
    assert read_curve(tmp_path)[-1]["step"] == 1


def test_lines_of_a_run_that_was_cut_off_go(tmp_path: Path) -> None:
    curve = Curve(tmp_path, 0)
    for step in (1, 2, 3):
        curve.add(step, "train", {"loss": 1.0 / step})
    curve.close()
    with curve.file.open("a") as file:
        file.write('{"step": 4, "tr')
    Curve(tmp_path, 2).close()
    assert [line["step"] for line in read_curve(tmp_path)] == [1, 2]
    assert [json.loads(text)["step"] for text in curve.file.read_text().splitlines()] == [1, 2]


def test_without_accelerate_the_advice_is_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "accelerate", None)
    with pytest.raises(ExperimentError, match="pip install"):
        trainer._accelerator(experiment(), cpu=True)
