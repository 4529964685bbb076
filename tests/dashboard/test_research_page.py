"""The Research page: absent without trainings; with them curves, a picture and the tables of studies."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard.data import has_research, study_tables, training_runs
from dashboard.panels import ui
from pipeline.config import Settings
from pipeline.distill.training.curve import Curve
from tests.dashboard.pages import APP, open_page, shown


@pytest.fixture
def training(settings: Settings) -> Path:
    """A training that is under way, and a study."""
    folder = settings.data / "distill" / "half_head"
    folder.mkdir(parents=True)
    curve = Curve(folder, 0)
    for step in (0, 10, 20):
        if step:
            curve.add(step, "train", {"loss": 2.0 / step})
        curve.add(step, "held_out", {"loss": 3.0 - 0.1 * step, "abs_rel": 0.4 - 0.01 * step})
    curve.close()
    (folder / "experiment.json").write_text(json.dumps({"about": "The original's <b>student</b>."}))
    Image.fromarray(np.zeros((48, 96, 3), np.uint8)).save(folder / "held_out.png")
    study = {
        "study": "controls",
        "about": "Held-out rooms.",
        "rows": [{"what": "<i>teacher</i>", "abs_rel": 0.2}],
    }
    (folder.parent / "controls.json").write_text(json.dumps(study))
    (folder.parent / "controls.md").write_text("# controls")
    return folder


def test_without_trainings_nobody_sees_it(settings: Settings) -> None:
    assert not has_research(settings)
    app = AppTest.from_file(APP, default_timeout=30).run()
    with pytest.raises(ValueError, match="navigation page"):
        app.switch_page(ui.RESEARCH)


def test_curves_picture_and_tables_are_shown(settings: Settings, training: Path) -> None:
    assert has_research(settings)
    app = open_page(ui.RESEARCH)
    body = shown(app)
    assert "20 steps so far" in body
    assert "&lt;b&gt;student" in body and "<b>student" not in body
    assert "0.2 now" in body  # the newest depth error
    assert "Side by side" in body
    assert "&lt;i&gt;teacher" in body and "<i>teacher" not in body
    assert app.selectbox(key="training").options == ["half_head"]


def test_what_is_read_is_what_was_written(settings: Settings, training: Path) -> None:
    run = training_runs(settings)[0]
    assert (run.name, run.steps, run.picture) == ("half_head", 20, training / "held_out.png")
    assert run.loss == ((10, 0.2), (20, 0.1))
    assert [step for step, _ in run.held_out["abs_rel"]] == [0, 10, 20]
    assert [value for _, value in run.held_out["abs_rel"]] == pytest.approx([0.4, 0.3, 0.2])
    assert study_tables(settings)[0].rows == (("<i>teacher</i>", 0.2),)


def test_broken_files_are_no_runs(settings: Settings, training: Path) -> None:
    (training / "experiment.json").write_text("{")
    (training.parent / "controls.json").write_text("[]")
    (training / "curve.jsonl").write_text('{"step": 1, "tr')
    assert training_runs(settings)[0].steps == 0
    assert study_tables(settings) == []
    assert "0 steps so far" in shown(open_page(ui.RESEARCH))
