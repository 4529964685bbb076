"""What axe-core (Deque, MPL 2.0; installed from npm at set-up) finds on a page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.places import ROOT

AXE = ROOT / "dashboard/components/room_viewer/frontend/node_modules/axe-core/axe.min.js"
#: WCAG 2.2 AA
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RUN = """async ({ within, tags }) => {
  const found = await axe.run(within ?? document, { runOnly: tags });
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`));
}"""


def barriers(page: Page, within: str | None = None) -> list[str]:
    """Serious and critical barriers on the page, or within what a selector names."""
    if not AXE.is_file():
        pytest.skip("needs axe-core: run make setup")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(_RUN, {"within": within, "tags": TAGS})
    return found
