"""The page of one invented room, served as the dashboard serves it, without Streamlit."""

from __future__ import annotations

import threading
import time
from io import BytesIO
from pathlib import Path
from typing import Self

import numpy as np
import uvicorn
from PIL import Image
from playwright.sync_api import Locator
from starlette.applications import Starlette

from dashboard.embedding import embed_address, embed_route
from dashboard.routes import routes
from pipeline.config import Settings
from pipeline.store import Store
from tests.dashboard.invented import StoreMaker

FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
READY = '[data-room-viewer][data-ready="true"]'


class RoomSite:
    """A server of its own on a free port; ``address`` is that of the room."""

    def __init__(self, folder: Path) -> None:
        store = Store.open(Settings(data=folder))
        maker = StoreMaker(store)
        listing, key = maker.listing("flat", reviews=0)
        maker.completed_report(listing, key)
        app = Starlette(routes=[*routes(lambda: store), embed_route(lambda: store)])
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.address = f"http://127.0.0.1:{port}{embed_address('flat', 'living-room')}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10)


def picture(viewer: Locator) -> np.ndarray:
    """The middle of the room as it is drawn, away from the viewer's own buttons."""
    time.sleep(1.0)
    with Image.open(BytesIO(viewer.locator("canvas").screenshot())) as opened:
        image = np.asarray(opened.convert("RGB")).astype(int)
    height, width = image.shape[:2]
    return image[int(0.2 * height) : int(0.6 * height), int(0.25 * width) : int(0.7 * width)]


def changed(a: np.ndarray, b: np.ndarray) -> float:
    """Share of the pixels that differ clearly."""
    return float((np.abs(a - b).max(axis=2) > 12).mean())
