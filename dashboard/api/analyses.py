"""Analyses: submit one, look at it, follow it, stop it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from dashboard.api.answers import told
from dashboard.api.bodies import check_length, content_type, pieces, read_json
from dashboard.api.idempotency import checked_key, once
from dashboard.api.multipart import read_parts
from dashboard.api.operations import Parameter, value_of
from dashboard.api.problems import API, Refused
from dashboard.api.threads import in_thread
from dashboard.api.uploading import incoming, keep_listing, keep_parts, keep_whole, options_of
from dashboard.data import MAX_TOTAL_BYTES
from pipeline.api import NotAllowed, checked_source, shapes, views
from pipeline.jobs import submit
from pipeline.options import AnalysisOptions
from pipeline.store import Store
from scrapers.digests import digest_of

_SUBMITTED: TypeAdapter[shapes.Submitted] = TypeAdapter(shapes.Submitted)
#: how often a stream looks at the catalogue
LOOK_EVERY_S = 0.5
#: a silent stream says that it is still there; proxies cut what is silent for a minute
SIGN_EVERY_S = 15.0
#: a stream ends after so long; its client asks again
LONGEST_STREAM_S = 3600.0
_NO_OPTIONS = shapes.Options()


async def submit_analysis(store: Store, request: Request) -> Response:
    """Take an analysis in, and say where it is."""
    key = checked_key(request.headers.get("idempotency-key"))
    origin, options = await _taken(store, request)
    what = digest_of(origin, options.model_dump_json())
    job = await in_thread(once, store, key, what, lambda: submit(store, origin, options)[0])
    analysis = await in_thread(views.analysis, store, job)
    return told(analysis, 202, {"Location": f"{API}/analyses/{job.id}"})


async def _taken(store: Store, request: Request) -> tuple[str, AnalysisOptions]:
    """What to analyse and how, of whatever kind of body."""
    uploads, kind = store.settings.uploads_folder.absolute(), content_type(request)
    if kind == "application/json":
        given = await read_json(request, _SUBMITTED)
        if isinstance(given, shapes.SubmittedSource):
            return await in_thread(_source, store, given.source), _chosen(given.options)
        origin = await in_thread(keep_listing, uploads, given.listing)
        return origin, _chosen(given.options)
    if kind == "multipart/form-data":
        with incoming(uploads) as folder:
            parts = await read_parts(request, folder)
            options = options_of(parts)
            origin, reviews = await in_thread(keep_parts, uploads, parts)
        return origin, _chosen(options, reviews)
    if kind == "application/zip":
        check_length(request, MAX_TOTAL_BYTES)
        with incoming(uploads) as folder:
            await _write(request, folder / "archive")
            return await in_thread(keep_whole, uploads, folder / "archive"), _chosen(_NO_OPTIONS)
    raise Refused(415, "Send JSON, a multipart form, or a ZIP (application/zip).")


async def _write(request: Request, path: Path) -> None:
    with path.open("wb") as file:
        async for piece in pieces(request, MAX_TOTAL_BYTES):
            file.write(piece)


def _chosen(options: shapes.Options, reviews: str | None = None) -> AnalysisOptions:
    try:
        return options.chosen(reviews_file=reviews)
    except ValueError as error:
        raise Refused(422, "options: there is no such backend.") from error


def _source(store: Store, source: str) -> str:
    """The demo, an address that the collector takes, or a path below an allowed root; nothing else."""
    try:
        return checked_source(store.settings, source)
    except NotAllowed as error:
        raise Refused(422, str(error)) from error


LIMIT = Parameter(
    "limit",
    "query",
    TypeAdapter(shapes.Limit),
    "How many at most.",
    required=False,
)


def list_analyses(store: Store, request: Request) -> Response:
    """The newest first."""
    limit = value_of(request, LIMIT) or shapes.USUAL_LIMIT
    found = [views.analysis(store, job, stages=False) for job in store.catalogue.jobs(limit)]
    return told(shapes.Analyses(analyses=found))


def show_analysis(store: Store, request: Request) -> Response:
    """How far it is."""
    return told(views.analysis(store, store.catalogue.job(request.path_params["analysis"])))


def cancel_analysis(store: Store, request: Request) -> Response:
    """Stop it at its next step; what is finished stays."""
    job = store.catalogue.job(request.path_params["analysis"])
    return told(views.analysis(store, store.catalogue.cancel_job(job.id) if job.state.active else job))


async def follow_analysis(store: Store, request: Request) -> Response:
    """Its progress as server-sent events, until it ends."""
    job_id = request.path_params["analysis"]
    await in_thread(store.catalogue.job, job_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Encoding": "identity"}
    return StreamingResponse(_events(store, job_id), headers=headers, media_type="text/event-stream")


async def _events(store: Store, job_id: str) -> AsyncIterator[str]:
    began_s = signed_s = time.monotonic()
    before = ""
    while time.monotonic() - began_s < LONGEST_STREAM_S:
        try:
            analysis = await in_thread(_look, store, job_id)
        except KeyError:  # deleted with its listing
            yield "event: gone\ndata: {}\n\n"
            return
        data = analysis.model_dump_json()
        if data != before:
            before, signed_s = data, time.monotonic()
            yield f"event: {'end' if analysis.ended else 'progress'}\ndata: {data}\n\n"
        if analysis.ended:
            return
        if time.monotonic() - signed_s > SIGN_EVERY_S:
            signed_s = time.monotonic()
            yield ": still there\n\n"
        await asyncio.sleep(LOOK_EVERY_S)


def _look(store: Store, job_id: str) -> shapes.Analysis:
    return views.analysis(store, store.catalogue.job(job_id))
