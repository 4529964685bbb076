"""Pages, drawn or with their state, of which something is missing, moved, doubled or damaged."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel
from selectolax.lexbor import LexborHTMLParser, LexborNode

from scrapers.airbnb.parse import ParsedListing, RecordedPage, parse_page
from scrapers.airbnb.parse.parsed import FACTS
from scrapers.airbnb.saved import read_saved_page, recorded
from scrapers.listing import Availability
from tests.replica.drawn import drawn_html
from tests.replica.listings import LAYOUTS
from tests.replica.payloads import invent, page_html
from tests.replica.terms import days_of

REVIEWS: Final = (0, 3, 12, 46)
BASES: Final = 40
#: the invented kind of place and its room type are drawn apart, so that one does not follow from the other
_APART: Final = ("room_type",)
#: titles for sharing round the average to a tenth of a star
_ROUNDED: Final = 0.0501
_NEVER: Final = frozenset({"html", "head", "body"})
_NOISE: Final = ("\0", "<", "&#x110000;", '"', "</div></section>", "<!--", "\ud800", "\u202e", "9" * 400)
_FOREIGN: Final = (
    "<div><h2>Similar</h2><div><a href='/rooms/77'><div>Zzz tent</div><div>9 beds</div>"
    "<span>€77 for 2 nights</span><span>4.11 (777)</span></a></div></div>"
)


@lru_cache(maxsize=BASES)
def base(number: int) -> tuple[str, ParsedListing]:
    """One of the undamaged pages, and what is read from it."""
    listing = invent(number, REVIEWS[number % len(REVIEWS)], LAYOUTS[number % 3], n_photos=4)
    if number % 4 == 3:
        html = page_html(listing, days=days_of(listing))
    else:
        shown = number % 2 * min(20, len(listing.reviews))
        html = drawn_html(listing, in_dialog=shown, original=number % 5 > 0, mobile=number % 7 == 0)
    return html, _read(html)


def _read(html: str) -> ParsedListing:
    return parse_page(RecordedPage("", "", None, html))


def _node(tree: LexborHTMLParser, rng: random.Random) -> LexborNode | None:
    body = tree.body
    nodes = [node for node in body.traverse() if node.tag not in _NEVER] if body is not None else []
    return rng.choice(nodes) if nodes else None


def _on_node(change: Callable[[LexborNode, random.Random], None]) -> Callable[[str, random.Random], str]:
    def damaged(html: str, rng: random.Random) -> str:
        tree = LexborHTMLParser(html)
        for _ in range(rng.randint(1, 4)):
            node = _node(tree, rng)
            if node is not None:
                change(node, rng)
        return tree.html or ""

    return damaged


def _drop(node: LexborNode, rng: random.Random) -> None:
    node.decompose()


def _unwrap(node: LexborNode, rng: random.Random) -> None:
    if node.tag in ("div", "section", "span"):
        node.unwrap()


def _strip(node: LexborNode, rng: random.Random) -> None:
    for name in list(node.attributes):
        del node.attrs[name]


def _double(node: LexborNode, rng: random.Random) -> None:
    node.insert_after(LexborHTMLParser(f"<div>{node.html}</div>").css_first("div") or "")


def _move(node: LexborNode, rng: random.Random) -> None:
    """Behind the element that follows it, as a rearranged page has it."""
    if node.next is not None and node.next.is_element_node:
        node.next.insert_after(LexborHTMLParser(f"<div>{node.html}</div>").css_first("div") or "")
        node.decompose()


def _foreign(html: str, rng: random.Random) -> str:
    return html.replace("</main>", f"{_FOREIGN}</main>", 1)


def _cut(html: str, rng: random.Random) -> str:
    """At the beginning of a tag: what is there is whole."""
    return html[: html.find("<", rng.randrange(len(html)))]


def _blanks(html: str, rng: random.Random) -> str:
    return html.replace("><", ">\n\t <")


def _bytes(html: str, rng: random.Random) -> str:
    data = bytearray(html.encode())
    for _ in range(rng.randint(1, 30)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return data.decode("utf-8", "replace")


def _noise(html: str, rng: random.Random) -> str:
    at = rng.randrange(len(html))
    noise = rng.choice(
        ("\0", "<", "&#x110000;", '"', "</div></section>", "<!--", "\ud800", "\u202e", "9" * 400)
    )
    return html[:at] + noise + html[at + rng.randint(0, 200) :]


Damage = Callable[[str, random.Random], str]
#: these leave every text as it is: what is read is right, or not read
KEEPING: Final[dict[str, Damage]] = {
    **{"drop": _on_node(_drop), "unwrap": _on_node(_unwrap), "strip": _on_node(_strip)},
    **{"double": _on_node(_double), "move": _on_node(_move), "cut": _cut, "blanks": _blanks},
    "foreign": _foreign,
}
#: these change texts: nothing but a listing or a named error may come of it
BREAKING: Final[dict[str, Damage]] = {"bytes": _bytes, "noise": _noise}


def try_one(rng: random.Random, folder: Any) -> tuple[str, list[str]]:
    """Damage one page and read it.

    Returns:
        The kind of damage, and wrong values.

    Raises:
        CollectError: it was refused by name.
    """
    html, original = base(rng.randrange(BASES))
    name = rng.choice([*KEEPING, *BREAKING])
    html = (KEEPING | BREAKING)[name](html, rng)
    if name in KEEPING:
        return name, wrong(_read(html), original)
    path = folder / rng.choice(("page.html", "page.mhtml", "page.htm"))
    path.write_bytes(html.encode("utf-8", "replace"))
    parse_page(recorded(read_saved_page(path), path))
    return name, []


def wrong(found: ParsedListing, original: ParsedListing) -> list[str]:
    """Facts and reviews that the undamaged page does not hold."""
    told = [
        f"{name}: {getattr(found, name)!r} for {getattr(original, name)!r}"
        for name in (*FACTS, "listing_id")
        if name not in _APART and not _is_part(name, getattr(found, name), getattr(original, name))
    ]
    known = [(review.date, review.rating, review.text, review.response) for review in original.reviews]
    told += [
        f"review: {review!r}"
        for review in found.reviews
        if not any(_is_same((review.date, review.rating, review.text, review.response), one) for one in known)
    ]
    urls = {photo.url for photo in original.photos}
    told += [f"photo: {photo.url}" for photo in found.photos if photo.url not in urls]
    return told


def _is_part(name: str, found: Any, original: Any) -> bool:
    """Equal, or less of the same."""
    if found in (None, (), {}) or found == original:
        return True
    if isinstance(found, str) and isinstance(original, str):
        return name in ("description", "neighbourhood_text") and _is_piece(found, original)
    if name == "co_hosts":  # of those that are on the page
        return bool(found <= original)
    if isinstance(found, float) and name == "rating":
        return original is not None and abs(found - float(original)) <= _ROUNDED
    if isinstance(found, Availability):
        return isinstance(original, Availability) and found.days <= original.days
    if isinstance(found, tuple) and isinstance(original, tuple):
        return all(item in original for item in found)
    if isinstance(found, dict) and isinstance(original, dict):
        return found.items() <= original.items()
    if isinstance(found, BaseModel) and type(found) is type(original):
        return all(_is_part(part, value, getattr(original, part)) for part, value in found)
    return False


def _is_piece(found: str, original: str) -> bool:
    """Whether a text is one of the other: paragraphs may be missing or doubled, line breaks be gone."""
    if "".join(found.split()) in "".join(original.split()):
        return True
    return {line.strip() for line in found.split("\n")} <= {
        "",
        *(line.strip() for line in original.split("\n")),
    }


def _is_same(found: tuple[Any, ...], original: tuple[Any, ...]) -> bool:
    """A review with at most less: no date, no stars, no answer, the beginning of its text."""
    date, stars, text, answer = found
    text, whole = ("".join(each.split()).rstrip("….") for each in (text, original[2]))
    return (
        date in (None, original[0])
        and stars in (None, original[1])
        and (text in whole or whole in text)
        and (answer is None or original[3] is None or answer == original[3])
    )
