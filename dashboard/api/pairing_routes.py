"""Pairing by the network: a code becomes a token; whose token is this; forget it."""

from __future__ import annotations

import asyncio

from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.answers import told
from dashboard.api.bodies import read_json
from dashboard.api.pairing import Client, WrongCode, pairings
from dashboard.api.problems import Refused
from pipeline.api import shapes
from pipeline.store import Store

MOST_PAIRING_BYTES = 2000
#: after a wrong code the next answer takes so long
WRONG_PAUSE_S = 0.5
_ASKED = TypeAdapter(shapes.PairingAsked)
_wrong = asyncio.Lock()


async def pair(store: Store, request: Request) -> Response:
    """A code for a token."""
    asked = await read_json(request, _ASKED, MOST_PAIRING_BYTES)
    try:
        token = await run_in_threadpool(pairings().pair, asked.code, asked.name, request.headers.get("origin"))
    except WrongCode as error:
        async with _wrong:
            await asyncio.sleep(WRONG_PAUSE_S)
        raise Refused(403, str(error)) from error
    return told(shapes.Paired(token=token, name=asked.name), 201)


def show_pairing(store: Store, request: Request) -> Response:
    """Whose token the request has."""
    client = _client(request)
    return told(shapes.Pairing(name=client.name, since=client.since))


def unpair(store: Store, request: Request) -> Response:
    """Forget the token of the request."""
    client = _client(request)
    pairings().revoke(client.id)
    return told(shapes.Pairing(name=client.name, since=client.since))


def bearer(authorization: str | None) -> str | None:
    """The token in an Authorization header, if there is one."""
    kind, _, token = (authorization or "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None


def _client(request: Request) -> Client:
    token = bearer(request.headers.get("authorization"))
    client = pairings().client(token) if token else None
    if client is None:
        raise Refused(401, "The request has no token.", headers={"WWW-Authenticate": "Bearer"})
    return client
