"""The API as programs meet it: behind the gate, over a store that the test fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from dashboard.admission import rules
from dashboard.api import ProblemAnswers, api
from dashboard.gate import Gate
from dashboard.routes import routes
from pipeline.store import Store

HOME = "http://localhost:8501"
LAN = "http://192.168.1.5:8501"
Connect = Callable[..., TestClient]


@pytest.fixture
def connect(store: Store) -> Connect:
    """A client; ``beyond``: of a server that listens beyond this computer."""

    def connected(*, beyond: bool = False, password: str = "") -> TestClient:
        own = replace(rules(), beyond=beyond, password=password)
        app = Starlette(
            routes=[*routes(lambda: store), api(lambda: store)],
            middleware=[Middleware(ProblemAnswers), Middleware(Gate, rules=lambda: own)],
        )
        return TestClient(app, base_url=LAN if beyond else HOME, raise_server_exceptions=False)

    return connected


@pytest.fixture
def client(connect: Connect) -> TestClient:
    """A program on this computer."""
    return connect()
