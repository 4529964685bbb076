"""Experiments are files that say what they mean; the original's four by their numbers."""

from pathlib import Path

import pytest

from models.fast3r import Fast3RConfig
from pipeline.distill.training.experiment import Experiment, ExperimentError, known_experiments, load_experiment
from tests.pipeline.distill.training.fakes import experiment


def test_the_experiments_that_come_with_it_can_be_read() -> None:
    assert {"test1", "test2", "test3", "test4", "half_head", "compact", "tiny"} == set(known_experiments())
    for name in known_experiments():
        wanted = load_experiment(name)
        assert wanted.name == name
        assert wanted.about
        wanted.student.config(Fast3RConfig())


@pytest.mark.parametrize(
    ("name", "rate", "warmup", "epochs", "accumulation", "decay"),
    [
        ("test1", 1e-4, 0, 30, 1, "none"),
        ("test2", 1e-5, 1, 35, 1, "none"),
        ("test3", 1e-4, 5, 30, 4, "cosine"),
        ("test4", 1e-4, 5, 30, 8, "cosine"),
    ],
)
def test_the_originals_four(
    name: str, rate: float, warmup: float, epochs: int, accumulation: int, decay: str
) -> None:
    found = load_experiment(name)
    settings = found.optimiser
    assert (settings.learning_rate, settings.warmup_epochs, settings.epochs) == (rate, warmup, epochs)
    assert (settings.accumulation, settings.decay, settings.batch_size) == (accumulation, decay, 4)
    assert (settings.weight_decay, settings.betas, settings.least_rate) == (0.05, (0.9, 0.95), 1e-6)
    assert found.loss.weights().mode == "seed"
    assert found.loss.global_points == found.loss.local_points == found.loss.confidence == 0
    assert found.student.config(Fast3RConfig()).head.layer_dims == (48, 96, 192, 384)
    assert set(found.student.copied) == {"encoder", "decoder"}


def test_values_can_be_changed_by_dotted_names() -> None:
    assert load_experiment("tiny", {"optimiser.epochs": 9, "data.rooms": 4}).optimiser.epochs == 9


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name: x\ncolour: red", "colour"),
        ("name: x\noptimiser: {epochs: 0}", "epochs"),
        ("name: x\nteacher: ''", "without a teacher"),
        ("name: x\ntargets: truth", "kind 'made'"),
        ("- a list", "no fields"),
        ("name: [", "no YAML"),
    ],
)
def test_what_is_wrong_is_said(text: str, why: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(ExperimentError, match=why):
        load_experiment(file)


def test_unknown_names_and_misfits_are_said() -> None:
    with pytest.raises(ExperimentError, match="known are compact"):
        load_experiment("half_foot")
    with pytest.raises(ExperimentError, match="embed_dim"):
        experiment(student__encoder={"embed_dim": 33}).student.config(Fast3RConfig())


def test_what_is_stored_comes_back_equal() -> None:
    wanted = load_experiment("compact")
    assert Experiment.model_validate_json(wanted.model_dump_json()) == wanted
