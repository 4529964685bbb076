"""System: jobs, storage, settings, and what is installed."""

from __future__ import annotations

from itertools import groupby

import htpy as h
import streamlit as st

from dashboard import formatting
from dashboard.data import benchmark_tables, services
from dashboard.markup import markup, tables
from dashboard.panels import origin_name, pairing_panel, ui
from dashboard.words import mark, t, told
from models.weights import WEIGHTS
from pipeline.doctor import Check, checks
from pipeline.jobs import recover, worker_alive
from pipeline.store import Job, JobState

JOBS = 20
DOCTOR_TTL_S = 300
GROUPS = {
    "base": mark("Needed"),
    "device": mark("Devices"),
    "backends": mark("Ways to make rooms"),
    "browser": mark("Browser"),
    "services": mark("Services"),
    "tools": mark("Tools"),
    "weights": mark("Model weights"),
}
TONES: dict[JobState, markup.Tone] = {
    JobState.DONE: "good",
    JobState.FAILED: "bad",
    JobState.RUNNING: "accent",
    JobState.QUEUED: "warn",
    JobState.CANCELLED: "quiet",
}


@st.cache_data(ttl=DOCTOR_TTL_S, show_spinner=False)
def _checks(data: str) -> list[Check]:
    return checks(ui.store().settings)


def _job(job: Job) -> None:
    with st.container(key=f"job_row_{job.id}", horizontal=True, vertical_alignment="center", gap="medium"):
        when = (
            f"{formatting.ago(job.created_s)} · {formatting.duration(job.elapsed_s)}"
            if job.started_s
            else formatting.ago(job.created_s)
        )
        detail = job.error or (job.message if job.state.active else "")
        ui.html(
            h.div(".sr-job")[
                markup.pill(formatting.state_name(job.state), TONES[job.state]),
                h.b[origin_name(job.origin)],
                h.span[when],
                h.p[told(detail)],
            ]
        )
        st.page_link(ui.START, label=t("Open"), query_params={"job": job.id})
        if job.state.active and st.button(t("Cancel"), key=f"cancel_{job.id}", disabled=job.cancel_requested):
            ui.store().catalogue.cancel_job(job.id)
            st.rerun()


def _jobs() -> None:
    recover(ui.store())
    alive = worker_alive(ui.store())
    ui.html(markup.section(t("Analyses"), t("A worker is running.") if alive else t("No worker is running.")))
    if not alive:
        st.code("python -m pipeline worker", language=None)
    jobs = ui.store().catalogue.jobs(JOBS)
    if not jobs:
        ui.html(markup.panel(t("Nothing here yet"), t("Analyses show up here once one was started.")))
    with st.container(key="jobs"):
        for job in jobs:
            _job(job)


def _storage() -> None:
    rows = services.storage(ui.store())
    total = sum(row.bytes for row in rows)
    ui.html(markup.section(t("Storage"), t("{size} of results", size=formatting.byte_size(total))))
    with st.container(key="storage"):
        ui.html(
            markup.key_values(
                [
                    (
                        formatting.stage_name(row.stage),
                        f"{formatting.byte_size(row.bytes)} · {formatting.count(row.results, 'result')}",
                    )
                    for row in rows
                ]
            )
        )
        if st.button(
            t("Clean up"),
            key="clean_up",
            help=t("Deletes results older than an hour that no listing's newest report needs."),
        ):
            freed = services.clean_up(ui.store())
            st.toast(t("{size} freed", size=formatting.byte_size(freed)))


def _licences() -> dict[str, str]:
    """Licence and size of each set of weights, by name."""
    return {
        weights.name: t("Licence: {licence}", licence=weights.licence)
        + (f" · {formatting.byte_size(weights.size_bytes)}" if weights.size_bytes else "")
        for weights in WEIGHTS
    }


def _check(line: Check, licence: str | None) -> h.Element:
    state = "ok" if line.ok else ("needed" if line.needed else "missing")
    label = {"ok": t("there"), "needed": t("needed"), "missing": t("optional")}[state]
    return h.li(class_=f"sr-check sr-check-{state}")[
        h.b[line.name],
        h.em[label],
        h.span[formatting.mask_url(line.detail)],
        h.p[told(line.adds) if line.ok else t("Would add: {what}.", what=told(line.adds))],
        not line.ok and line.how and h.p[t("How: {way}", way=told(line.how))],
        licence and h.p[licence],
    ]


def _check_list(lines: list[Check]) -> h.Element:
    licences = _licences()
    return h.ul(".sr-checks")[(_check(line, licences.get(line.name)) for line in lines)]


def _doctor() -> None:
    ui.html(markup.section(t("What is installed"), t("What is missing, what it would add, and how to get it.")))
    with st.container(key="doctor"):
        with st.spinner(t("Looking…"), show_time=False):
            found = _checks(str(ui.store().settings.data))
        order = list(GROUPS)
        ranked = sorted(
            found, key=lambda check: order.index(check.group) if check.group in order else len(order)
        )
        for group, lines in groupby(ranked, key=lambda check: check.group):
            listed = list(lines)
            there = sum(line.ok for line in listed)
            title = t(
                "{group}: {there} of {all}",
                group=t(GROUPS.get(group, group.capitalize())),
                there=there,
                all=len(listed),
            )
            with st.expander(title, expanded=there < len(listed), key=f"doctor_{group}"):
                ui.html(_check_list(listed))


def _benchmarks() -> None:
    found = benchmark_tables.tables(ui.store().settings)
    if not found:
        return
    ui.html(markup.section(t("Benchmarks"), t("Kept runs, newest first, with their commit and machine.")))
    with st.container(key="benchmarks"):
        for number, table in enumerate(found):
            with st.expander(formatting.markdown_text(table.title), key=f"benchmark_{number}"):
                ui.html(tables.benchmark_table(table))


ui.page_head(t("System"), t("What runs, what is kept, and what is installed."))
left, right = st.columns([3, 2], gap="large")
with left:
    _jobs()
with right:
    _storage()
    ui.html(markup.section(t("Where things are")))
    ui.html(markup.key_values(services.setting_rows(ui.store().settings)))
    pairing_panel.show()
_doctor()
_benchmarks()
