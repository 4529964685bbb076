"""``python -m benchmarks.large_store``: every page over 500 listings of 200 reviews, beside a store of two.

Each page is opened in Chromium, first by its address in a browser that has never been here (``cold_s``), then
by its link from another page (``change_s``). ``cold_cpu_s`` and ``change_cpu_s`` are seconds of the server's
processor, which other work on the computer stretches less. A dashboard is started anew for each size of store.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.large_store.filling import analysed, fill, invented_reviews
from benchmarks.large_store.visiting import FLAGS, PAGES, change, cold, dashboard
from benchmarks.records.recorder import Recorder, add_options
from pipeline.config import Settings
from pipeline.store import Store
from scrapers.airbnb.fetch.browser import find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: seconds that a page may take: opened by its address, and by its link
COLD_S: Final = 3.0
CHANGE_S: Final = 1.0
COLUMNS: Final = ("cold_s", "cold_cpu_s", "change_s", "change_cpu_s")


def visits(browser: Browser, data: Path, listings: int) -> list[dict[str, object]]:
    """A row for each page, over a dashboard that was just started; the memory of it in the last one."""
    ids = tuple(f"place-{number:04d}" for number in range(min(listings, 3)))
    rows: list[dict[str, object]] = []
    with dashboard(data) as served:
        for page in PAGES:
            first, again = cold(browser, served, page, ids), change(browser, served, page, ids)
            figures = (first.wall_s, first.server_s, again.wall_s, again.server_s)
            row = dict(zip(COLUMNS, (round(figure, 2) for figure in figures), strict=True))
            rows.append({"listings": listings, "page": page, **row})
        rows.append({"listings": listings, "page": "(server)", "rss_mib": round(served.rss_mib())})
    return rows


def misses(rows: list[dict[str, object]]) -> list[str]:
    """Pages over their bar."""
    bars = (("cold_s", COLD_S), ("change_s", CHANGE_S))
    return [
        f"{row['page']} over {row['listings']} listings: {name} {row[name]} (at most {bar})"
        for row in rows
        for name, bar in bars
        if float(str(row.get(name, 0.0))) > bar
    ]


def main(arguments: list[str] | None = None) -> int:
    """0 if every page is within its bar."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large_store", description=__doc__)
    parser.add_argument("--listings", type=int, nargs="+", default=[2, 500], help="sizes of the store")
    parser.add_argument("--reviews", type=int, default=200, help="of each listing (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    add_options(parser)
    chosen = parser.parse_args(arguments)
    chromium = find_browser()
    if chromium is None:
        raise SystemExit("This needs Chromium; python -m pipeline doctor says how to get it.")
    from playwright.sync_api import sync_playwright

    recorder = Recorder.of("large_store", ["listings", "page"], chosen, arguments)
    reviews = invented_reviews(chosen.reviews)
    report, found = analysed(reviews), []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=list(FLAGS))
        for listings in chosen.listings:
            with tempfile.TemporaryDirectory(prefix="large-store-") as folder:
                fill(Store.open(Settings(data=Path(folder))), listings, reviews, report, chosen.seed)
                for row in visits(browser, Path(folder), listings):
                    print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
                    recorder.add(row)
                    found.append(row)
        browser.close()
    over = misses(found)
    print("\n".join(over or ["every page is within its bar"]))
    return 1 if over else 0


if __name__ == "__main__":
    raise SystemExit(main())
