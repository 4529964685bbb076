"""The live view of one analysis: stages, time, cancel, and what to do when it ended."""

from __future__ import annotations

import htpy as h
import streamlit as st

from dashboard import formatting
from dashboard.markup import markup
from dashboard.panels import ui
from dashboard.words import percent, t, told
from pipeline.jobs import recover, submit, worker_alive
from pipeline.options import AnalysisOptions
from pipeline.recipe import DEMO_ORIGIN
from pipeline.store import Job, JobState, StageRun, StageState

POLL_S = 1.0
_FINISHED = (StageState.DONE, StageState.CACHED)


def origin_name(origin: str) -> str:
    """What is analysed, for a title."""
    if origin == DEMO_ORIGIN:
        return t("The demo listing")
    return formatting.mask_url(origin.replace("\\", "/").rstrip("/").rpartition("/")[2] or origin)


def _row(stage: StageRun, *, active: bool) -> tuple[str, str, str, str]:
    """What to show of a stage; one that still runs in a job that ended was broken off."""
    name = formatting.stage_name(stage.name) + (f" · {stage.scope}" if stage.scope else "")
    if stage.state is StageState.RUNNING and not active:
        state = StageState.INTERRUPTED
        return str(state), name, told(stage.message), formatting.state_name(state)
    if stage.state is StageState.RUNNING:
        return str(stage.state), name, told(stage.message), percent(stage.fraction)
    aside = (
        formatting.duration(stage.seconds)
        if stage.state is StageState.DONE
        else formatting.state_name(stage.state)
    )
    return str(stage.state), name, told(stage.message) if stage.state not in _FINISHED else "", aside


def _progress(job: Job) -> None:
    elapsed = formatting.duration(job.elapsed_s) if job.started_s else t("waiting")
    ui.html(
        h.fragment[
            h.div(".sr-progress")[h.b[percent(job.fraction)], h.span[elapsed]],
            markup.meter(job.fraction, t("Progress of the analysis")),
        ]
    )
    stages = ui.store().catalogue.stages(job.id)
    if stages:
        ui.html(markup.steps([_row(stage, active=job.state is JobState.RUNNING) for stage in stages]))
    else:
        ui.html(markup.note(told(job.message)))


@st.fragment(run_every=POLL_S)
def _live(job_id: str) -> None:
    recover(ui.store())
    job = ui.store().catalogue.job(job_id)
    if not job.state.active:
        st.rerun()
    with st.container(key="job_running"):
        _progress(job)
        if job.listing_id and any(entry.id == job.listing_id for entry in ui.store().catalogue.listings()):
            st.page_link(
                ui.OVERVIEW, label=t("See what is there so far"), query_params={"listing": job.listing_id}
            )
        if job.state is JobState.QUEUED and not worker_alive(ui.store(), job.queue):
            st.warning(t("No worker is running. Start one in a terminal: `python -m pipeline worker`"))
        if st.button(t("Cancel"), key="cancel_job", disabled=job.cancel_requested):
            ui.store().catalogue.cancel_job(job_id)
            st.rerun(scope="fragment")
        if job.cancel_requested:
            ui.html(markup.note(t("Stopping at the next step…")))


def _again(job: Job, label: str) -> None:
    if st.button(label, type="primary", key="try_again"):
        again, _ = submit(ui.store(), job.origin, AnalysisOptions.model_validate(job.options))
        st.query_params.from_dict({"job": again.id})
        st.rerun()


def _ended(job: Job) -> None:
    with st.container(key=f"job_{job.state}"):
        if job.state is JobState.DONE:
            ui.html(
                markup.panel(
                    t("Ready"), t("It took {time}.", time=formatting.duration(job.elapsed_s)), tone="good"
                )
            )
            if job.listing_id:
                with st.container(key="open_report"):
                    st.page_link(
                        ui.OVERVIEW, label=t("Open the report"), query_params={"listing": job.listing_id}
                    )
        elif job.state is JobState.FAILED:
            ui.html(
                markup.panel(
                    t("This did not work"),
                    told(job.error or "") or t("No reason was recorded."),
                    told(job.advice or ""),
                    tone="bad",
                )
            )
            _again(job, t("Try again"))
        else:
            ui.html(markup.panel(t("Cancelled"), t("Finished steps are kept: starting again continues there.")))
            _again(job, t("Start again"))
        stages = ui.store().catalogue.stages(job.id)
        if stages:
            with st.expander(t("Steps"), expanded=job.state is JobState.FAILED, key="job_steps"):
                ui.html(markup.steps([_row(stage, active=False) for stage in stages]))


def job_panel(job_id: str) -> None:
    """Show the job with this id; says so if there is none."""
    try:
        job = ui.store().catalogue.job(job_id)
    except KeyError:
        ui.stop_with(
            t("This analysis is not known"),
            t("There is no analysis with the id “{id}” here.", id=job_id),
            t("The address may be mistyped."),
            (ui.START, t("Start a new one")),
        )
    ui.page_head(origin_name(job.origin), t("Analysis started {ago}", ago=formatting.ago(job.created_s)))
    if st.session_state.pop("same_job", None) == job_id:
        st.info(t("The same analysis was already under way; this is it."))
    with st.container(key="job_card"):
        if job.state.active:
            _live(job_id)
        else:
            _ended(job)
    with st.container(key="new_analysis"):
        if st.button(t("New analysis"), key="new_analysis_button", type="tertiary", icon=":material/add:"):
            st.query_params.clear()
            st.rerun()
