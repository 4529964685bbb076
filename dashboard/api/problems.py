"""Refusals as problem+json (RFC 9457): one form, whoever refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.api import shapes

API = "/api/v1"
MEDIA_TYPE = "application/problem+json"
#: bytes of a foreign refusal that are taken over as the detail
_MOST_DETAIL = 2000


class Refused(Exception):
    """A request that is not answered.

    Args:
        status: HTTP status.
        detail: what is wrong and what to do, in a sentence or two.
        errors: field by field.
        headers: of the answer.
    """

    def __init__(
        self, status: int, detail: str, errors: Sequence[str] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, tuple(errors)
        self.headers = dict(headers or {})


def problem(
    status: int, detail: str, errors: Sequence[str] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """The answer that says why there is none."""
    told = shapes.Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, errors=[error[:500] for error in errors]
    )
    return Response(
        told.model_dump_json(), status, {"Cache-Control": "no-store", **(headers or {})}, media_type=MEDIA_TYPE
    )


class ProblemAnswers:
    """ASGI middleware: below :data:`API` every refusal, the gate's and the server's too, is problem+json."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and see to the form of a refusal."""
        if scope["type"] != "http" or not scope["path"].startswith(f"{API}/"):
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _Answer(scope, receive, send))


class _Answer:
    """One answer on its way out."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = Headers(raw=message["headers"])
            is_told = headers.get("content-type", "").startswith(MEDIA_TYPE)
            if message["status"] >= HTTPStatus.BAD_REQUEST and not is_told:
                self._start = message
                return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._body = (self._body + message.get("body", b""))[:_MOST_DETAIL]
        if not message.get("more_body", False):
            await self._tell(self._start)

    async def _tell(self, start: Message) -> None:
        """The refusal in our form; its own headers stay, those of its body go."""
        own = {"content-type", "content-length", "content-encoding", "cache-control"}
        headers = {k: v for k, v in Headers(raw=start["headers"]).items() if k not in own}
        detail = self._body.decode("utf-8", "replace").strip() or HTTPStatus(start["status"]).phrase
        await problem(start["status"], detail, headers=headers)(self._scope, self._receive, self._send)
