"""``python -m scrapers parse FILE...``: print what the parsers read in files, as JSON. Nothing is fetched."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scrapers.airbnb.parse import (
    NetworkAnswer,
    ParsedListing,
    RecordedPage,
    is_reviews_answer,
    parse_page,
    parse_reviews,
)
from scrapers.airbnb.saved import MAX_PAGE_BYTES, read_saved_page, recorded
from scrapers.digests import digest_of_file
from scrapers.errors import CollectError, SourceNotFound, UnsupportedSource
from scrapers.listing import Listing

_ID_DIGITS = 16


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 1 if a file could not be read.

    One file prints one object, several print a list in the same order, without those that could not be read.
    """
    parser = argparse.ArgumentParser(prog="python -m scrapers", description="Airbnb pages, without fetching.")
    commands = parser.add_subparsers(dest="command", required=True)
    parse = commands.add_parser("parse", help="print the listing in saved files as JSON")
    parse.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        type=Path,
        help="saved page (HTML, MHTML), page state (JSON) or reviews response (JSON)",
    )
    files: list[Path] = parser.parse_args(arguments).files
    listings = []
    for file in files:
        try:
            listings.append(read_file(file))
        except CollectError as error:
            sys.stderr.write(f"{file}: {error}\n")
    if listings:
        escape = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
        printed = listings if len(files) > 1 else listings[0]
        sys.stdout.write(json.dumps(printed, ensure_ascii=escape, indent=1) + "\n")
    return 0 if len(listings) == len(files) else 1


def read_file(path: Path) -> dict[str, Any]:
    """The listing in one file: the fields of :class:`~scrapers.listing.Listing`, photos by their address.

    Raises:
        CollectError: as :func:`scrapers.airbnb.parse.page.parse_page` and :func:`.parse_reviews` say; also if
            there is no such file, or it is neither HTML nor JSON.
    """
    if not path.is_file():
        raise SourceNotFound(f"There is no file {str(path)!r}.", "Check the path.")
    if path.stat().st_size > MAX_PAGE_BYTES:
        raise UnsupportedSource(
            f"{path.name} is larger than {MAX_PAGE_BYTES // 2**20} MiB.", "Give a saved page."
        )
    page = parse_page(_record_json(path) if _looks_like_json(path) else _record_html(path))
    return _printable(page, path)


def _looks_like_json(path: Path) -> bool:
    with path.open("rb") as stream:
        start = stream.read(256).removeprefix(b"\xef\xbb\xbf").lstrip()
    return path.suffix.lower() == ".json" or start.startswith((b"{", b"["))


def _record_html(path: Path) -> RecordedPage:
    return recorded(read_saved_page(path), path)


def _record_json(path: Path) -> RecordedPage:
    try:
        body = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UnsupportedSource(f"{path.name} is not valid JSON: {error}.", "Save the page again.") from error
    if is_reviews_answer(body):
        answer = NetworkAnswer(url="", status=200, body=body)
        return RecordedPage(requested_url="", final_url="", status=None, html="", answers=(answer,))
    if isinstance(body, dict) and "errors" in body and body.get("data") is None:
        parse_reviews(body)  # tells a query that is no longer known from other errors
    return RecordedPage(requested_url="", final_url="", status=None, html="", state=body)


def _printable(page: ParsedListing, path: Path) -> dict[str, Any]:
    listing = Listing(
        id=f"airbnb-{page.listing_id or digest_of_file(path)[:_ID_DIGITS]}",
        source="saved-page",
        origin=str(path),
        reviews=page.reviews,
        **page.facts(),
    )
    rooms = [
        {**asdict(room), "photos": [photo.url for photo in page.photos if photo.room == room.id]}
        for room in page.rooms
    ]
    return {
        **listing.model_dump(mode="json"),
        "photos": [asdict(photo) for photo in page.photos],
        "rooms": rooms,
    }


if __name__ == "__main__":
    sys.exit(main())
