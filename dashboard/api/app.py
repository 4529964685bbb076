"""The API: its operations, their routes, and the document that describes them."""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import Awaitable, Callable
from functools import cache
from http import HTTPStatus
from typing import Any, cast

from pydantic import TypeAdapter
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from dashboard.api import analyses, listings, pairing_routes
from dashboard.api.answers import told
from dashboard.api.document import document
from dashboard.api.operations import Answer, Body, Operation, Parameter
from dashboard.api.problems import API, Refused, problem
from dashboard.api.threads import in_thread
from pipeline.api import VERSION as SHOW_JSON_VERSION
from pipeline.api import ShownListing, shapes
from pipeline.errors import DamagedResult, InstallationError
from pipeline.store import StillAnalysed, Store
from pipeline.version import VERSION
from scrapers.handed import VERSION as LISTING_ZIP_VERSION

logger = logging.getLogger(__name__)

LISTING = Parameter("listing", "path", TypeAdapter(shapes.ListingId), "Id of the listing.")
ANALYSIS = Parameter("analysis", "path", TypeAdapter(shapes.AnalysisId), "Id of the analysis.")
ARTEFACT = Parameter("artefact", "path", TypeAdapter(shapes.FileName), "Name of the file.")
KEY = Parameter(
    "Idempotency-Key",
    "header",
    TypeAdapter(shapes.Key),
    "Made up by the client: the same one again starts nothing new for a day.",
    required=False,
)
_BINARY = {"type": "string", "contentMediaType": "application/octet-stream"}
_FORM = {
    "type": "object",
    "properties": {
        "photos": {"type": "array", "items": _BINARY, "description": "JPEG, PNG, WebP or HEIC."},
        "rooms": {"type": "string", "description": 'JSON: {"Living room": ["1.jpg", "2.jpg"]}.'},
        "reviews": {**_BINARY, "description": "CSV, Excel or JSON, also gzipped."},
        "archive": {
            **_BINARY,
            "description": "A listing's ZIP or a saved page, instead of photos and reviews.",
        },
        "options": {"type": "string", "description": "JSON, as Options has it."},
    },
    "additionalProperties": False,
}


def health(store: Store, request: Request) -> Response:
    """That the server answers."""
    return told(shapes.Health(status="ok"))


def version(store: Store, request: Request) -> Response:
    """Of ShowRoom and of its forms."""
    return told(
        shapes.Version(showroom=VERSION, api="v1", show_json=SHOW_JSON_VERSION, listing_zip=LISTING_ZIP_VERSION)
    )


def openapi(store: Store, request: Request) -> Response:
    """This document."""
    return Response(_document(), media_type="application/json", headers={"Cache-Control": "no-cache"})


def _json(about: str, model: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(status, about, model, headers={name.title(): text for name, text in headers.items()})


ANALYSES = (
    Operation(
        "POST",
        "/analyses",
        "submit",
        "Submit an analysis: an address, a listing as JSON, photos, or a ZIP.",
        analyses.submit_analysis,
        _json("It is taken in.", shapes.Analysis, 202, location="Where to look at it."),
        (KEY,),
        (
            Body("application/json", (shapes.SubmittedSource, shapes.SubmittedListing)),
            Body("multipart/form-data", _FORM),
            Body("application/zip", _BINARY),
        ),
        (413, 415, 422),
    ),
    Operation(
        "GET",
        "/analyses",
        "list_analyses",
        "The newest analyses.",
        analyses.list_analyses,
        _json("The newest first.", shapes.Analyses),
        (analyses.LIMIT,),
        refusals=(422,),
    ),
    Operation(
        "GET",
        "/analyses/{analysis}",
        "show_analysis",
        "How far an analysis is.",
        analyses.show_analysis,
        _json("As it is now.", shapes.Analysis),
        (ANALYSIS,),
        refusals=(404,),
    ),
    Operation(
        "DELETE",
        "/analyses/{analysis}",
        "cancel_analysis",
        "Stop an analysis at its next step; finished steps are kept.",
        analyses.cancel_analysis,
        _json("As it is now.", shapes.Analysis),
        (ANALYSIS,),
        refusals=(404,),
    ),
    Operation(
        "GET",
        "/analyses/{analysis}/events",
        "follow_analysis",
        "Follow an analysis by server-sent events: `progress`, then `end`, each with an Analysis.",
        analyses.follow_analysis,
        Answer(200, "Events until it ends.", media_type="text/event-stream"),
        (ANALYSIS,),
        refusals=(404,),
    ),
)
LISTINGS = (
    Operation(
        "GET",
        "/listings",
        "list_listings",
        "All listings.",
        listings.list_listings,
        _json("The last updated first.", shapes.Listings),
    ),
    Operation(
        "GET",
        "/listings/{listing}",
        "show_listing",
        "What was found about a listing, as `show ID --json` prints it.",
        listings.show_listing,
        _json("The newest report.", ShownListing),
        (LISTING,),
        refusals=(404, 409),
    ),
    Operation(
        "DELETE",
        "/listings/{listing}",
        "delete_listing",
        "Delete a listing with all that is known of it.",
        listings.delete_listing,
        _json("It is deleted.", shapes.Deleted),
        (LISTING,),
        refusals=(404, 409),
    ),
    Operation(
        "GET",
        "/listings/{listing}/sizes",
        "show_sizes",
        "How large its rooms are.",
        listings.show_sizes,
        _json("Room by room.", shapes.Sizes),
        (LISTING,),
        refusals=(404, 409),
    ),
    Operation(
        "GET",
        "/listings/{listing}/answers",
        "ask",
        "Ask the reviews: how many speak of it, and in whose words.",
        listings.ask,
        _json("What guests say.", shapes.Answer),
        (LISTING, listings.QUESTION, listings.SENTENCES),
        refusals=(404, 409, 422),
    ),
    Operation(
        "GET",
        "/listings/{listing}/artefacts",
        "list_artefacts",
        "Its files: meshes, points, cameras, layouts, new views, photos.",
        listings.list_artefacts,
        _json("Their names and kinds.", shapes.Artefacts),
        (LISTING,),
        refusals=(404, 409),
    ),
    Operation(
        "GET",
        "/listings/{listing}/artefacts/{artefact}",
        "fetch_artefact",
        "One of its files.",
        listings.fetch_artefact,
        Answer(200, "The file; in pieces where a Range is asked for.", media_type="*/*"),
        (LISTING, ARTEFACT),
        refusals=(404, 409),
    ),
    Operation(
        "GET",
        "/listings/{listing}/archive",
        "fetch_archive",
        "The listing as one ZIP (docs/listing_zip.md).",
        listings.fetch_archive,
        Answer(200, "The ZIP.", media_type="application/zip"),
        (LISTING,),
        refusals=(404, 409),
    ),
    Operation(
        "GET",
        "/compare",
        "compare",
        "Listings side by side.",
        listings.compare,
        _json("What they share and what tells them apart.", shapes.Comparing),
        (listings.COMPARED,),
        refusals=(404, 409, 422),
    ),
)
ABOUT = (
    Operation(
        "GET", "/health", "health", "Whether it answers.", health, _json("It does.", shapes.Health), open=True
    ),
    Operation(
        "GET",
        "/openapi.json",
        "openapi",
        "This document.",
        openapi,
        Answer(200, "OpenAPI 3.1."),
        open=True,
    ),
    Operation(
        "GET",
        "/version",
        "version",
        "Which ShowRoom it is.",
        version,
        _json("Versions.", shapes.Version),
    ),
    Operation(
        "POST",
        "/pairings",
        "pair",
        "Turn the code that the System page shows into a token.",
        pairing_routes.pair,
        _json("The token, told once.", shapes.Paired, 201),
        bodies=(Body("application/json", (shapes.PairingAsked,)),),
        refusals=(413, 415, 422),
        open=True,
    ),
    Operation(
        "GET",
        "/pairings/mine",
        "show_pairing",
        "Whose token this is.",
        pairing_routes.show_pairing,
        _json("Its client.", shapes.Pairing),
    ),
    Operation(
        "DELETE",
        "/pairings/mine",
        "unpair",
        "Forget the token of this request.",
        pairing_routes.unpair,
        _json("It is no longer good.", shapes.Pairing),
    ),
)
OPERATIONS = (*ANALYSES, *LISTINGS, *ABOUT)
#: paths that answer without a token, wherever the server listens
OPEN = frozenset(f"{API}{operation.path}" for operation in OPERATIONS if operation.open)


@cache
def _document() -> bytes:
    return json.dumps(document(OPERATIONS), ensure_ascii=False, indent=1).encode()


def api(open_store: Callable[[], Store]) -> Mount:
    """The API as one part of the dashboard's routes.

    Args:
        open_store: called per request; must be cheap after the first call.
    """
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in OPERATIONS:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    routes = [
        Route(path, _endpoint(of, open_store), methods=list(of), include_in_schema=False)
        for path, of in by_path.items()
    ]
    handlers: dict[Any, Any] = {HTTPException: _http, Refused: _refused}
    return Mount(API, app=Starlette(routes=routes, exception_handlers=handlers), name="api")


def _endpoint(
    of: dict[str, Operation], open_store: Callable[[], Store]
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        operation = of["GET" if request.method == "HEAD" else request.method]
        try:
            return await _run(operation.handler, open_store, request)
        except Refused as error:
            return problem(error.status, error.detail, error.errors, error.headers)
        except StillAnalysed as error:
            return problem(409, str(error))
        except DamagedResult as error:
            return problem(409, str(error.message))
        except KeyError as error:
            return problem(404, str(error.args[0]))
        except ValueError as error:
            return problem(422 if 422 in operation.refusals else 404, str(error))
        except InstallationError as error:
            return problem(503, str(error), headers={"Retry-After": "5"})

    return endpoint


async def _run(handler: Any, open_store: Callable[[], Store], request: Request) -> Response:
    if handler in (health, openapi, version):  # answered at once, whatever the store does
        return cast(Response, handler(None, request))
    store = await in_thread(open_store)
    if inspect.iscoroutinefunction(handler):
        return cast(Response, await handler(store, request))
    return cast(Response, await in_thread(handler, store, request))


async def _refused(request: Request, error: Refused) -> Response:
    return problem(error.status, error.detail, error.errors, error.headers)


async def _http(request: Request, error: HTTPException) -> Response:
    """No such address or method."""
    detail = "There is no such address." if error.status_code == HTTPStatus.NOT_FOUND else str(error.detail)
    return problem(error.status_code, detail, headers=error.headers)
