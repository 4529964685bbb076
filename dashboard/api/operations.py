"""What the API can do, as data: routes and OpenAPI document are made of the same rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.bodies import refused
from pipeline.store import Store

Method = Literal["GET", "POST", "DELETE"]
Handler = Callable[[Store, Request], Response] | Callable[[Store, Request], Awaitable[Response]]
#: every operation may be answered so, whatever it is: an address that is none, no token, a stranger's page,
#: another name of the server, a server behind this one that is away
EVERYWHERE = (400, 401, 403, 421, 503)


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation; ``kind`` gives its schema and checks its value."""

    name: str
    place: Literal["path", "query", "header"]
    kind: TypeAdapter[Any]
    about: str
    required: bool = True
    many: bool = False


@dataclass(frozen=True)
class Body:
    """A body that an operation takes.

    Attributes:
        media_type: of the request.
        schema: a model (its schema goes to the components), or a schema.
    """

    media_type: str
    schema: Any


@dataclass(frozen=True)
class Answer:
    """How an operation answers where all is well.

    Attributes:
        model: of the JSON; ``None``: ``media_type`` says what comes.
    """

    status: int
    about: str
    model: type[BaseModel] | None = None
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """One operation.

    Attributes:
        refusals: statuses with which it may be refused, beside :data:`EVERYWHERE`.
        open: it answers without a token, wherever the server listens.
    """

    method: Method
    path: str
    name: str
    about: str
    handler: Handler
    answer: Answer
    parameters: tuple[Parameter, ...] = ()
    bodies: tuple[Body, ...] = ()
    refusals: tuple[int, ...] = ()
    open: bool = False


def value_of(request: Request, parameter: Parameter) -> Any:
    """The checked value of a query parameter; ``None`` where it is missing and may be.

    Raises:
        Refused: it does not fit.
    """
    given: Any = request.query_params.getlist(parameter.name)
    if not parameter.many:
        given = ",".join(given) if given else None
    if not given and given != "" and not parameter.required:
        return None
    try:
        return parameter.kind.validate_python(given)
    except ValidationError as error:
        told = refused(error)
        told.errors = tuple(f"{parameter.name}: {line.partition(': ')[2]}" for line in told.errors)
        told.status, told.detail = 422, f"The parameter {parameter.name!r} does not fit."
        raise told from error
