"""Pictures that a saved page holds itself, as ``data:`` addresses. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

from selectolax.lexbor import LexborHTMLParser

from scrapers.digests import digest_of

#: before the digest of an embedded picture, and before the path of a copy beside the page, where the page has
#: no other address for a photo
EMBEDDED_KEY: Final = "embedded:"
COPY_KEY: Final = "saved:"
_DATA: Final = re.compile(r"data:image/(?:jpeg|jpg|png|webp|avif|gif)(;[^,]{0,80})?,", re.IGNORECASE)
_DIGITS: Final = 32
_LEAST_BYTES: Final = 2000
_MAX_BYTES: Final = 32 * 2**20


def embedded_key(source: str | None) -> str | None:
    """What an embedded picture is called; ``None`` for anything else, and for drawings of a few pixels."""
    if source is None or len(source) < _LEAST_BYTES or not _DATA.match(source):
        return None
    return f"{EMBEDDED_KEY}{digest_of(source)[:_DIGITS]}"


def embedded_pictures(tree: LexborHTMLParser) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every embedded picture of a page."""
    for image in tree.css('img[src^="data:"]'):
        source = image.attributes.get("src")
        key = embedded_key(source)
        content = _decoded(source) if source is not None and key is not None else None
        if key is not None and content is not None:
            yield key, content


def _decoded(source: str) -> bytes | None:
    head, _, body = source.partition(",")
    if len(body) > 2 * _MAX_BYTES:
        return None
    if not head.lower().endswith(";base64"):
        return unquote_to_bytes(body)
    try:
        return base64.b64decode(unquote_to_bytes(body), validate=False)
    except (binascii.Error, ValueError):
        return None
