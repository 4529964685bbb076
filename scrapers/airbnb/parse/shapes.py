"""Reading JSON of which nothing is certain: every accessor gives ``None`` for what is not as expected."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scrapers.review_fields import clean_text

Node = Mapping[str, Any]
_NUMBER = re.compile(r"-?[0-9]{1,7}(?:\.[0-9]{1,17})?")
_COUNT = re.compile(r"[0-9]{1,7}")
_MAX_COUNT = 9_999_999
_BLOCKS = frozenset({"p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "section", "tr"})
_MUTE = frozenset({"script", "style", "template", "noscript", "button", "svg"})


def child(value: object, *path: str) -> Any:
    """What lies at ``path`` below ``value``; ``None`` if it does not lead there."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def node(value: object, *path: str) -> Node:
    """The object at ``path``, without those that hold nothing but their type: a stub is no answer."""
    found = child(value, *path)
    return found if isinstance(found, dict) and not is_stub(found) else {}


def is_stub(value: Mapping[str, object]) -> bool:
    """Whether an object says nothing, because its content lies elsewhere."""
    return not value.keys() - {"__typename"}


def nodes(value: object, *path: str) -> list[Node]:
    """The objects of the list at ``path``."""
    found = child(value, *path)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def is_empty_list(value: Node, name: str) -> bool:
    """Whether ``value`` says in so many words that there are none."""
    return isinstance(value.get(name), list) and not value[name]


def is_null(value: Node, name: str) -> bool:
    """Whether ``value`` has ``name`` and it is null (not: left out)."""
    return name in value and value[name] is None


_DAMAGE = re.compile(r"[\x00\ud800-\udfff]")


def text(value: object) -> str | None:
    """Clean text of a string that has any; none of one that is damaged (half a surrogate pair, a NUL)."""
    if not isinstance(value, str) or _DAMAGE.search(value):
        return None
    return clean_text(value) or None


def html_text(value: object) -> str | None:
    """Text of a piece of HTML: line breaks kept, tags left out, entities resolved; plain text as it is."""
    if not isinstance(value, str) or "<" not in value:
        return text(value)
    body = parse_html(value).body
    has_tags = body is not None and next(body.iter(), None) is not None
    return node_text(body) if body is not None and has_tags else text(value)


def node_text(element: LexborNode) -> str | None:
    """Text of an element as one reads it; buttons and scripts left out."""
    joined = "".join(_pieces(element))
    lines = (line.strip(" \t\n") for line in joined.split("\n"))
    # what the parser gives is text already: entities in it are meant literally
    return text(html.escape(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)), quote=False))


def parse_html(value: str) -> LexborHTMLParser:
    """A document; lone surrogates, which no document can hold, become question marks."""
    return LexborHTMLParser(value.encode("utf-8", "replace").decode("utf-8"))


def _pieces(element: LexborNode) -> Iterator[str]:
    stack: list[LexborNode | str] = [element]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif item.is_text_node:
            yield re.sub(r"[ \t\r\n]+", " ", item.text_content or "")
        elif item.tag == "br":
            yield "\n"
        elif item.tag not in _MUTE:
            block = item.tag in _BLOCKS and item is not element
            inside: list[LexborNode | str] = list(item.iter(include_text=True))
            stack.extend(reversed(["\n", *inside, "\n"] if block else inside))


def number(value: object) -> float | None:
    """A finite number, also one written as a plain decimal; never one in a local spelling ("4,9")."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return float(value) if _NUMBER.fullmatch(value) else None
    if isinstance(value, int):
        return float(value) if abs(value) <= _MAX_COUNT else None
    return value if isinstance(value, float) and math.isfinite(value) else None


def count(value: object) -> int | None:
    """A whole number from 0 on, also one written in digits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return int(value) if _COUNT.fullmatch(value) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and 0 <= value <= _MAX_COUNT else None


def stars(value: object) -> float | None:
    """An average of stars, 1 to 5."""
    found = number(value)
    return found if found is not None and 1 <= found <= 5 else None


def position(latitude: object, longitude: object) -> tuple[float, float] | None:
    """Both coordinates in degrees, or nothing: half a position is none, and 0, 0 is an unfilled form."""
    lat, lng = number(latitude), number(longitude)
    if lat is None or lng is None or abs(lat) > 90 or abs(lng) > 180 or lat == lng == 0:
        return None
    return lat, lng
