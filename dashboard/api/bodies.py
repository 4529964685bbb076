"""Bodies of requests: nothing is read that says it is too long, and no more than is allowed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect, Request

from dashboard.api.problems import Refused
from dashboard.api.threads import in_thread

#: of a JSON body: 20,000 reviews of 400 characters take 12 MB
MOST_JSON_BYTES = 16_000_000
#: JSON bodies that are held at once, each in memory; others wait
AT_ONCE = 4
#: errors that are told of one body
_MOST_ERRORS = 20
_DIGITS_OF_A_LENGTH = 18

T = TypeVar("T")
_turns: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


def content_type(request: Request) -> str:
    """The media type of the body, lower case, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def check_length(request: Request, most_bytes: int) -> None:
    """Refuse a body by the length that it announces, before any of it is read."""
    announced = request.headers.get("content-length")
    if announced is None:
        return
    if not (announced.isascii() and announced.isdecimal() and len(announced) <= _DIGITS_OF_A_LENGTH):
        raise Refused(400, "The Content-Length is no number.")
    if int(announced) > most_bytes:
        raise too_long(most_bytes)


def too_long(most_bytes: int) -> Refused:
    """Why a body is not read to its end."""
    return Refused(413, f"A body of this kind may have {most_bytes / 1e6:g} MB at most.")


async def pieces(request: Request, most_bytes: int) -> AsyncIterator[bytes]:
    """The body piece by piece, counted whatever it announced."""
    check_length(request, most_bytes)
    read = 0
    try:
        async for piece in request.stream():
            read += len(piece)
            if read > most_bytes:
                raise too_long(most_bytes)
            yield piece
    except ClientDisconnect as error:
        raise Refused(400, "The connection ended in the middle of the body.") from error


async def read_json(request: Request, kind: TypeAdapter[T], most_bytes: int = MOST_JSON_BYTES) -> T:
    """A JSON body as ``kind``.

    Raises:
        Refused: another media type, too long, no JSON, or it does not fit.
    """
    if content_type(request) != "application/json":
        raise Refused(415, "Send JSON, with Content-Type: application/json.")
    check_length(request, most_bytes)
    async with _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)):
        body = b"".join([piece async for piece in pieces(request, most_bytes)])
        try:
            return await in_thread(kind.validate_json, body)
        except ValidationError as error:
            raise refused(error) from error


def refused(error: ValidationError) -> Refused:
    """What does not fit, field by field; what was sent is not repeated."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    broken = any(one["type"] in ("json_invalid", "json_type") for one in found)
    told = [f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['msg']}" for one in found[:_MOST_ERRORS]]
    if broken:
        return Refused(400, "The body is not JSON that can be read.", told)
    return Refused(422, "The body does not say what it should.", told)
