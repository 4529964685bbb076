"""Research: how trainings of students go, what studies found; in the menu only where there are some."""

from __future__ import annotations

import streamlit as st

from dashboard import formatting
from dashboard.data import TrainingRun, study_tables, training_runs
from dashboard.markup import charts, markup, tables
from dashboard.panels import ui

#: figures that are drawn first, where a training has them
FIRST = ("loss", "abs_rel", "points", "auc30")
PICTURE_PX = 760
NAMES = {
    "loss": "Loss on unseen rooms",
    "abs_rel": "Depth error (AbsRel)",
    "points": "Error of points",
    "auc30": "Cameras (AUC@30)",
}


def _figures(run: TrainingRun) -> None:
    known = [name for name in FIRST if name in run.held_out]
    for column, name in zip(st.columns(max(1, len(known))), known, strict=False):
        with column:
            ui.html(markup.section(NAMES[name], f"{run.held_out[name][-1][1]:.3g} now"))
            st.plotly_chart(
                charts.training_curves({NAMES[name]: run.held_out[name]}, height=200),
                config=charts.HIDE_TOOLS,
                key=f"held_out_{name}",
            )


def _training(runs: list[TrainingRun]) -> None:
    ui.html(markup.section("Trainings", "The newest first. Every curve begins before the first step."))
    names = {run.name: run for run in runs}
    run = names[st.selectbox("Training", list(names), key="training")]
    ui.html(markup.note(f"{run.about} {formatting.count(run.steps, 'step')} so far.".strip()))
    _figures(run)
    if run.loss:
        ui.html(markup.section("Loss while learning"))
        st.plotly_chart(charts.training_curves({"Loss": run.loss}), config=charts.HIDE_TOOLS, key="loss")
    if run.picture is not None:
        ui.html(
            markup.section(
                "Side by side",
                "An unseen room. From left to right: the photo, the depth that is wanted, the student's depth.",
            )
        )
        st.image(str(run.picture), width=PICTURE_PX)


def _studies() -> None:
    found = study_tables(ui.store().settings)
    if not found:
        return
    ui.html(markup.section("Studies"))
    for number, table in enumerate(found):
        with st.expander(formatting.markdown_text(table.title), expanded=not number, key=f"study_{number}"):
            ui.html(tables.benchmark_table(table))


ui.page_head("Research", "Students of large models: how they learn, and what was measured.")
trained = training_runs(ui.store().settings)
if trained:
    _training(trained)
else:
    ui.html(markup.panel("No training yet", "python -m pipeline.distill train starts one."))
_studies()
