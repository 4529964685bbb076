"""The API over an invented store, served on this computer for a benchmark."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.admission import rules
from dashboard.api import ProblemAnswers, api
from dashboard.gate import Gate
from pipeline.api import views
from pipeline.config import Settings
from pipeline.store import Store
from tests.dashboard.invented import StoreMaker


class Counting:
    """ASGI middleware: counts answers by status."""

    def __init__(self, app: ASGIApp, counts: Counter[int]) -> None:
        self._app, self._counts = app, counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and count."""

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._counts[message["status"]] += 1
            await send(message)

        await self._app(scope, receive, counting)


class Served:
    """The API over an invented store with these listings, on a free port."""

    def __init__(self, folder: Path, listings: Sequence[str] = ("demo", "old-town")) -> None:
        self.store = Store.open(Settings(data=folder))
        maker = StoreMaker(self.store)
        for listing_id in listings:
            listing, key = maker.listing(listing_id, listing_id, reviews=12)
            maker.report(listing, key, maker.reviews(listing))
        views.answer(self.store, listings[0], "is it quiet?", 1)  # the encoders are loaded once
        self.counts: Counter[int] = Counter()
        own = replace(rules(), beyond=False)
        app = Starlette(
            routes=[api(lambda: self.store)],
            middleware=[
                Middleware(Counting, counts=self.counts),
                Middleware(ProblemAnswers),
                Middleware(Gate, rules=lambda: own),
            ],
        )
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Served:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        self.address = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10)
