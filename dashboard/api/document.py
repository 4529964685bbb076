"""The OpenAPI 3.1 document, made of the operations and of the models that they speak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from dashboard.api.operations import EVERYWHERE, Answer, Body, Operation, Parameter
from dashboard.api.problems import API, MEDIA_TYPE
from pipeline.api import shapes
from pipeline.version import VERSION

_REFS = "#/components/schemas/{model}"
_WHY = {
    400: "The request cannot be read.",
    401: "A token is asked for: pair first.",
    403: "This was asked for by a page of somebody else, or nobody may come in.",
    404: "There is no such thing.",
    409: "It cannot be done now.",
    413: "The body is too long; it was not read to its end.",
    415: "The body is of a kind that is not taken here.",
    421: "The server is not called so (SHOWROOM_ALLOWED_HOSTS).",
    422: "The request does not say what it should.",
    429: "Too many wrong codes.",
    503: "The catalogue, the queue or the results are away; try again later.",
}
_ABOUT = (
    "Give ShowRoom a listing and follow its analysis; read what came out. Programs on this computer come in as"
    " they are; extensions, and all where the server listens beyond this computer, need a token (pairings)."
)


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole document, as JSON writes it."""
    models = _models(operations)
    refs, definitions = models_json_schema(
        [(model, mode) for model, mode in models.items()], ref_template=_REFS
    )
    schema_of = {model: refs[model, mode] for model, mode in models.items()}
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(f"{API}{operation.path}", {})[operation.method.lower()] = _operation(
            operation, schema_of
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "ShowRoom", "version": VERSION, "description": _ABOUT, "license": {"name": "MIT"}},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _models(operations: Sequence[Operation]) -> dict[type[BaseModel], Any]:
    found: dict[type[BaseModel], Any] = {shapes.Problem: "serialization"}
    for operation in operations:
        if operation.answer.model is not None:
            found[operation.answer.model] = "serialization"
        for body in operation.bodies:
            for model in body.schema if isinstance(body.schema, tuple) else ():
                found[model] = "validation"
    return found


def _operation(operation: Operation, schema_of: dict[type[BaseModel], Any]) -> dict[str, Any]:
    refused = sorted({*EVERYWHERE, *operation.refusals})
    told = {"content": {MEDIA_TYPE: {"schema": schema_of[shapes.Problem]}}}
    answers = {str(operation.answer.status): _answer(operation.answer, schema_of)}
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.about,
        "responses": answers | {str(status): {"description": _WHY[status], **told} for status in refused},
    }
    if operation.parameters:
        found["parameters"] = [_parameter(parameter) for parameter in operation.parameters]
    if operation.bodies:
        content = {body.media_type: {"schema": _body(body, schema_of)} for body in operation.bodies}
        found["requestBody"] = {"required": True, "content": content}
    if operation.open:
        found["security"] = []
    return found


def _answer(answer: Answer, schema_of: dict[type[BaseModel], Any]) -> dict[str, Any]:
    schema = schema_of[answer.model] if answer.model is not None else {}
    found: dict[str, Any] = {"description": answer.about, "content": {answer.media_type: {"schema": schema}}}
    if answer.headers:
        found["headers"] = {
            name: {"description": about, "required": True, "schema": {"type": "string"}}
            for name, about in answer.headers.items()
        }
    return found


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "description": parameter.about,
        "schema": parameter.kind.json_schema(),
    }


def _body(body: Body, schema_of: dict[type[BaseModel], Any]) -> Any:
    if not isinstance(body.schema, tuple):
        return body.schema
    schemas = [schema_of[model] for model in body.schema]
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
