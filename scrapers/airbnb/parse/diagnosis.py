"""What is kept of a page or an answer that could not be read: its structure, none of its words.

Whatever is kept on disk for a report of the problem must not name reviewers, so every text is replaced by its
length; keys, types, tags and the attributes that selectors use stay.
"""

from __future__ import annotations

import json
from html.parser import HTMLParser

from scrapers.airbnb.parse.payloads import Json

_MAX_DEPTH = 60
_MAX_ITEMS = 3
#: values that name a kind of thing, never a person
_TELLING_KEYS = frozenset(
    ("__typename", "sectionId", "sectionComponentType", "sectionContentStatus", "classification", "errorType")
)
_TELLING_ATTRIBUTES = frozenset(("data-section-id", "data-testid", "role", "type"))
_MAX_TAGS = 4000


def structure_of_json(value: Json) -> bytes:
    """Keys and types of ``value`` as JSON."""
    return json.dumps(_structure(value, 0), indent=1).encode()


def _structure(value: Json, depth: int) -> object:
    if depth == _MAX_DEPTH:
        return "..."
    if isinstance(value, dict):
        return {
            str(key): item if key in _TELLING_KEYS and isinstance(item, str) else _structure(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list):
        kept = [_structure(item, depth + 1) for item in value[:_MAX_ITEMS]]
        return [*kept, f"... {len(value)} items"] if len(value) > _MAX_ITEMS else kept
    if isinstance(value, str):
        return f"text of {len(value)}"
    return value if value is None or isinstance(value, bool) else type(value).__name__


def structure_of_html(html: str) -> bytes:
    """Tags of ``html`` that parsers look for, and the structure of its JSON scripts, as JSON."""
    outline = _Outline()
    outline.feed(html)
    outline.close()
    return json.dumps({"tags": outline.tags, "scripts": outline.scripts}, indent=1).encode()


class _Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.scripts: list[object] = []
        self._script: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value for name, value in attrs if name in _TELLING_ATTRIBUTES}
        if told and len(self.tags) < _MAX_TAGS:
            self.tags.append(" ".join([tag, *(f"{name}={value}" for name, value in told.items())]))
        if tag == "script":
            self._script = [] if "json" in (told.get("type") or "") else None

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self._script.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag != "script" or self._script is None:
            return
        text, self._script = "".join(self._script), None
        try:
            self.scripts.append(_structure(json.loads(text), 0))
        except (ValueError, RecursionError):
            self.scripts.append(f"no JSON, {len(text)} characters")
