"""A browser with the extension on the replica's listing at Airbnb's own address, as if on the internet."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from playwright.sync_api import BrowserContext, Page, sync_playwright
from starlette.types import ASGIApp

from scrapers.airbnb.fetch import find_browser
from tests.places import ROOT

EXTENSION = ROOT / "dashboard" / "extension"
SITE, MEDIA = "www.airbnb.com", "a0.muscache.com"


@contextlib.contextmanager
def served(app: ASGIApp, **how: object) -> Iterator[int]:
    """The port of 127.0.0.1 at which an application is served by a thread."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off", **how)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)


def certificate(folder: Path) -> dict[str, str]:
    """A certificate for both hosts, which the browser is told to take."""
    key, own = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={SITE}"),
            *("-keyout", str(key), "-out", str(own), "-addext", f"subjectAltName=DNS:{SITE},DNS:{MEDIA}"),
        ],
        check=True,
        capture_output=True,
    )
    return {"ssl_keyfile": str(key), "ssl_certfile": str(own)}


def built(folder: Path) -> Path:
    """The extension, built anew from its sources."""
    node = shutil.which("node") or str(ROOT / ".venv" / "bin" / "node")
    copy = folder / "extension"
    shutil.copytree(EXTENSION, copy, ignore=shutil.ignore_patterns("dist", "*.zip", "node_modules"))
    subprocess.run([node, "build.mjs", "--store"], cwd=copy, check=True, capture_output=True)
    return copy


@contextlib.contextmanager
def browser(dist: Path, folder: Path, site_port: int, language: str = "en-US") -> Iterator[BrowserContext]:
    """Chromium with the extension; the replica stands at Airbnb's address and counts as public.

    Without the override a page of this computer could reach 127.0.0.1 itself, and a design would pass here that
    fails for everybody.
    """
    place = f"127.0.0.1:{site_port}"
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(folder / f"profile-{language}"),
            executable_path=str(find_browser()),
            headless=False,
            accept_downloads=True,
            ignore_https_errors=True,
            locale=language,
            viewport={"width": 1180, "height": 860},
            args=[
                "--headless=new",
                "--no-sandbox",
                "--disable-background-networking",
                "--no-first-run",
                "--ignore-certificate-errors",
                f"--lang={language}",
                f"--disable-extensions-except={dist}",
                f"--load-extension={dist}",
                "--disable-features=DisableLoadExtensionCommandLineSwitch",
                f"--host-resolver-rules=MAP {SITE} {place}, MAP {MEDIA} {place}",
                f"--ip-address-space-overrides={place}=public",
            ],
        )
        try:
            yield context
        finally:
            context.close()


def extension_id(context: BrowserContext) -> str:
    """The id that the browser gave the extension."""
    worker = context.service_workers[0] if context.service_workers else context.wait_for_event("serviceworker")
    return worker.url.split("/")[2]


ASK_FOR_MORE = """
async ([relay, hash, key, offsets]) => {
  for (const offset of offsets) {
    const request = {limit: 24, first: 24, offset: String(offset), sortingPreference: 'BEST_QUALITY'};
    const query = new URLSearchParams({operationName: 'StaysPdpReviewsQuery', locale: 'en', currency: 'EUR',
      variables: JSON.stringify({id: relay, pdpReviewsRequest: request}), extensions: '{}'});
    await fetch(`/api/v3/StaysPdpReviewsQuery/${hash}/?${query}`, {headers: {'X-Airbnb-API-Key': key}});
  }
}
"""


def scroll_through_reviews(page: Page, relay: str, query_hash: str, key: str, count: int) -> None:
    """What the page itself asks for while somebody scrolls to the end of its reviews."""
    page.evaluate(ASK_FOR_MORE, [relay, query_hash, key, list(range(24, count, 24))])


def words(language: str) -> dict[str, str]:
    """The extension's texts."""
    path = EXTENSION / "src" / "_locales" / language / "messages.json"
    return {name: told["message"] for name, told in json.loads(path.read_text(encoding="utf-8")).items()}
