"""Listings: what was found, its files, the reviews to be asked; side by side; packed; deleted."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from pydantic import TypeAdapter
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from dashboard.api.answers import told
from dashboard.api.operations import Parameter, value_of
from dashboard.api.problems import Refused
from pipeline.api import pack_stored, shapes, shown_listing, stored_artefacts, views
from pipeline.store import Store, forget_listing

QUESTION = Parameter(
    "question", "query", TypeAdapter(shapes.Question), "A question or a word, in any language."
)
SENTENCES = Parameter(
    "sentences", "query", TypeAdapter(shapes.Sentences), "Most sentences to hear.", required=False
)
COMPARED = Parameter(
    "listing", "query", TypeAdapter(shapes.ToCompare), "Ids of the listings, once each.", many=True
)
_HEADERS = {
    "Cache-Control": "private, no-cache",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Content-Encoding": "identity",
}


def list_listings(store: Store, request: Request) -> Response:
    """All of them."""
    return told(views.listings(store))


def show_listing(store: Store, request: Request) -> Response:
    """The newest report, as ``show ID --json`` prints it."""
    return told(shown_listing(store, request.path_params["listing"]))


def delete_listing(store: Store, request: Request) -> Response:
    """The listing with all that is known of it."""
    gone = forget_listing(store, request.path_params["listing"])
    return told(shapes.Deleted(results=gone.results, bytes=gone.bytes))


def show_sizes(store: Store, request: Request) -> Response:
    """Of its rooms."""
    return told(views.sizes(store, request.path_params["listing"]))


def ask(store: Store, request: Request) -> Response:
    """The reviews."""
    question, sentences = value_of(request, QUESTION), value_of(request, SENTENCES)
    found = views.answer(store, request.path_params["listing"], question, sentences or shapes.USUAL_SENTENCES)
    return told(found)


def compare(store: Store, request: Request) -> Response:
    """Listings side by side."""
    return told(views.comparison(store, value_of(request, COMPARED)))


def list_artefacts(store: Store, request: Request) -> Response:
    """Its files."""
    listing_id = request.path_params["listing"]
    found = [one.told for one in stored_artefacts(store, listing_id)]
    return told(shapes.Artefacts(listing=listing_id, artefacts=found))


def fetch_artefact(store: Store, request: Request) -> Response:
    """One of its files."""
    listing_id, name = request.path_params["listing"], request.path_params["artefact"]
    for one in stored_artefacts(store, listing_id):
        if one.told.name == name:
            return FileResponse(one.path, media_type=one.told.media_type, headers=_HEADERS)
    raise Refused(404, f"The listing has no file {name[:80]!r}.")


def fetch_archive(store: Store, request: Request) -> Response:
    """The listing as one ZIP."""
    listing_id = request.path_params["listing"]
    store.catalogue.listing(listing_id)
    store.settings.work_folder.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix="packed-", dir=store.settings.work_folder))
    packed = folder / "listing.zip"
    with ExitStack() as on_failure:
        on_failure.callback(rmtree, folder)
        pack_stored(store, listing_id, packed)
        on_failure.pop_all()
    return FileResponse(
        packed,
        media_type="application/zip",
        headers=_HEADERS,
        filename=f"{listing_id}.zip",
        background=BackgroundTask(rmtree, folder),
    )
