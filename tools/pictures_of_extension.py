"""Icons and screenshots of the browser extension, drawn anew: ``python -m tools.pictures_of_extension``.

The page below it is the replica's, with the demo's photos. Look at each before you commit it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, ViewportSize

from pipeline.config import PROJECT_ROOT
from tests.dashboard.extension.world import browser, built, certificate, extension_id, served
from tests.replica.listings import invent
from tests.replica.site import Replica

EXTENSION = PROJECT_ROOT / "dashboard" / "extension"
QUALITY = 88
SIZES_PX = (16, 32, 48, 128)
SHOWN: ViewportSize = {"width": 1280, "height": 800}
LOOK = """
body { font: 16px/1.5 system-ui; margin: 32px 400px 32px 48px; color: #222 }
h1 { font-size: 26px } h2 { font-size: 20px } [role=list] { display: none }
[data-section-id=HERO_DEFAULT] > div { display: grid; grid-template-columns: 2fr 1fr 1fr; gap: 8px }
[data-section-id=HERO_DEFAULT] > div { height: 420px }
[data-section-id=HERO_DEFAULT] img { width: 100%; height: 100%; object-fit: cover; min-height: 0 }
[data-section-id=HERO_DEFAULT] img { border-radius: 12px }
[data-section-id=HERO_DEFAULT] img:first-child { grid-row: 1 / 3 }
"""


def icons(context: BrowserContext) -> None:
    """The logo in every size, each with a little air."""
    logo = (PROJECT_ROOT / "dashboard" / "static" / "logo.svg").read_text(encoding="utf-8")
    page = context.new_page()
    for size_px in SIZES_PX:
        page.set_viewport_size({"width": size_px, "height": size_px})
        page.set_content(
            f"<style>body{{margin:0}}svg{{width:{size_px}px;height:{size_px}px;display:block}}</style>{logo}"
        )
        page.screenshot(path=EXTENSION / "src" / "icons" / f"{size_px}.png", omit_background=True)
    page.close()


def overlay(context: BrowserContext, address: str, to: Path) -> Page:
    """The box over a listing, with three photos chosen."""
    page = context.new_page()
    page.set_viewport_size(SHOWN)
    page.goto(address)
    page.add_style_tag(content=LOOK)
    page.locator("#showroom-overlay [data-name=open]").click()
    page.locator("#showroom-overlay [data-name=pick]").click()
    pictures = page.locator('[data-section-id="HERO_DEFAULT"] img')
    for number in range(3):
        pictures.nth(number).click()
    page.wait_for_timeout(500)
    page.screenshot(path=to, type="jpeg", quality=QUALITY)
    return page


def main() -> None:
    """Draw them."""
    listing = invent(5, 128, "new", n_photos=6, n_rooms=2)
    photos = sorted((PROJECT_ROOT / "pipeline" / "demo" / "photos").glob("living*.jpg"))
    replica = Replica()
    store = EXTENSION / "store"
    with tempfile.TemporaryDirectory() as name, served(replica._app(), **certificate(Path(name))) as port:
        folder = Path(name)
        replica.origin = "https://www.airbnb.com"
        for photo, file in zip(listing.photos, photos, strict=False):
            replica.pictures[photo.path] = ("image/jpeg", file.read_bytes())
        address = replica.show(listing)
        with browser(built(folder) / "dist", folder, port) as context:
            overlay(context, address, store / "screenshot-1.jpg")
            icons(context)
            popup = context.new_page()
            popup.set_viewport_size(SHOWN)
            popup.goto(f"chrome-extension://{extension_id(context)}/popup.html")
            popup.wait_for_selector("[data-standing]")
            popup.screenshot(path=store / "screenshot-2.jpg", type="jpeg", quality=QUALITY)


if __name__ == "__main__":
    main()
