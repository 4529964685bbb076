"""Drawn pages as a real Chromium saves them: its own MHTML, a "complete" page, one file, plain HTML."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, get_args

from playwright.sync_api import Browser, Page, Route, sync_playwright

from scrapers.airbnb.fetch import find_browser
from tests.replica import terms
from tests.replica.drawn import drawn_html, single_file_head
from tests.replica.listings import InventedListing
from tests.replica.payloads import Layout, page_html
from tests.replica.site import jpeg

#: ``html``: the source with its state; ``complete``: with a folder of files; ``mhtml``: Chromium's own;
#: ``single``: as SingleFile does it; ``bare``: drawn, without marks and tags; ``mobile``: MHTML of a telephone
Form = Literal["html", "complete", "mhtml", "single", "bare", "mobile"]
FORMS: tuple[Form, ...] = get_args(Form)
IN_DIALOG = 40
_DRAW = "document.getElementById('root').innerHTML = DRAWING;"
#: a page with pictures as data: addresses and without scripts
_ONE_FILE = """async () => {
  for (const script of document.querySelectorAll('script')) script.remove();
  for (const image of document.images) {
    const blob = await (await fetch(image.currentSrc || image.src)).blob();
    image.src = await new Promise((done) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result);
      reader.readAsDataURL(blob);
    });
    image.removeAttribute('data-original-uri');
  }
  return document.documentElement.outerHTML;
}"""
#: what "Web page, complete" does: every picture is a file beside the page
_COMPLETE = """() => {
  const files = [...document.images].map((image, at) => {
    const from = image.src;
    image.setAttribute('src', `./page_files/${at}.jpeg`);
    return from;
  });
  for (const script of document.querySelectorAll('script')) script.remove();
  return [document.documentElement.outerHTML, files];
}"""
_SETTLED = "Promise.all([...document.images].map((image) => image.decode().catch(() => null)))"


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for any number of pages."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find_browser()))
        try:
            yield browser
        finally:
            browser.close()


def save_as(browser: Browser, listing: InventedListing, form: Form, folder: Path) -> Path:
    """Open the listing's page, let its script draw it, and save it in a form; nothing leaves this computer."""
    page = browser.new_page(viewport={"width": 390, "height": 844} if form == "mobile" else None)
    try:
        page.route("**/*", _answer(_shown(listing, form, listing.layout)))
        page.goto(f"{listing.canonical_url}?{terms.asked(listing)}")
        page.evaluate(_SETTLED)
        return _SAVERS[form](page, listing, folder)
    finally:
        page.close()


def _shown(listing: InventedListing, form: Form, layout: Layout) -> str:
    if form == "html":
        return page_html(listing, layout, days=terms.days_of(listing))
    html = drawn_html(
        listing,
        in_dialog=min(IN_DIALOG, len(listing.reviews)),
        original=form != "bare",
        mobile=form == "mobile",
    )
    head, _, rest = html.partition("<body>")
    if form == "bare":
        head = head[: head.index("<meta property")] + "</head>"
    body = rest.partition("</body>")[0]
    drawing = json.dumps(body).replace("<", "\\u003c")
    return (
        f'{head}<body><div id="root"></div><script>{_DRAW.replace("DRAWING", drawing)}</script></body></html>'
    )


def _answer(html: str) -> Callable[[Route], None]:
    def answer(route: Route) -> None:
        request = route.request
        if request.is_navigation_request():
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        elif "/im/pictures/" in request.url:
            picture = jpeg(request.url.partition("?")[0])
            route.fulfill(body=picture, content_type="image/jpeg", headers={"Access-Control-Allow-Origin": "*"})
        else:
            route.fulfill(status=404)

    return answer


def _html(page: Page, listing: InventedListing, folder: Path) -> Path:
    path = folder / "page.html"
    path.write_text(page.content(), encoding="utf-8")
    return path


def _mhtml(page: Page, listing: InventedListing, folder: Path) -> Path:
    path = folder / "page.mhtml"
    session = page.context.new_cdp_session(page)
    path.write_bytes(session.send("Page.captureSnapshot", {"format": "mhtml"})["data"].encode("utf-8"))
    return path


def _single(page: Page, listing: InventedListing, folder: Path) -> Path:
    path = folder / "page.html"
    head = single_file_head(page.url)
    path.write_text(f"<!DOCTYPE html> {head}{page.evaluate(_ONE_FILE)}", encoding="utf-8")
    return path


def _complete(page: Page, listing: InventedListing, folder: Path) -> Path:
    path = folder / "page.html"
    note = f"<!-- saved from url=({len(page.url):04d}){page.url} -->"
    html, files = page.evaluate(_COMPLETE)
    (folder / "page_files").mkdir()
    for number, url in enumerate(files):
        (folder / "page_files" / f"{number}.jpeg").write_bytes(jpeg(url.partition("?")[0]))
    path.write_text(f"<!DOCTYPE html>\n{note}\n{html}", encoding="utf-8")
    return path


_SAVERS: dict[Form, Callable[[Page, InventedListing, Path], Path]] = {
    **{"html": _html, "complete": _complete, "mhtml": _mhtml, "single": _single, "bare": _mhtml},
    "mobile": _mhtml,
}
