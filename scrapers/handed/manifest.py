"""What ``manifest.json`` in a listing's ZIP says (docs/listing_zip.md)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

FORMAT: Literal["showroom-listing"] = "showroom-listing"
VERSION = 1
MANIFEST, LISTING, PAGE, PHOTOS = "manifest.json", "listing.json", "page.json", "photos/"
#: of a text in the manifest: addresses of photos are the longest and take 300
_LONGEST = 2000
Text = Annotated[str, StringConstraints(max_length=_LONGEST)]


class _Part(BaseModel):
    # A later version of the same form may add fields.
    model_config = ConfigDict(frozen=True, extra="ignore")


class HandedPhoto(_Part):
    """A photo in the ZIP.

    Attributes:
        file: its name there, below ``photos/``.
        url: address from which it came.
        room: name of the room that it shows.
        caption: what the host wrote.
    """

    file: Text
    url: Text | None = None
    room: Text | None = None
    caption: Text | None = None


class Manifest(_Part):
    """What a ZIP holds and where it comes from.

    Attributes:
        version: of this form; a newer one is refused.
        made_by: program and version.
        made_at: when.
        url: address of the listing.
        holds: ``listing``: ``listing.json`` is a :class:`scrapers.listing.Listing`; ``page``: ``page.json`` is
            what an open page showed and was answered, to be parsed.
        photos: in order; of a ``listing``, empty: it names its photos itself.
        title: shown where the rest has none.
    """

    format: Literal["showroom-listing"]
    version: int = Field(ge=1)
    made_by: Text = ""
    made_at: dt.datetime | None = None
    url: Text | None = None
    holds: Literal["listing", "page"]
    photos: tuple[HandedPhoto, ...] = ()
    title: Text | None = None


class HandedAnswer(_Part):
    """A JSON answer that the page received, without people's names."""

    url: Text
    status: int = 200
    body: Any = None


class HandedPage(_Part):
    """What an open page showed: its address, its state, the answers that it received, its head as HTML."""

    url: Text
    html: str = ""
    state: Any = None
    answers: tuple[HandedAnswer, ...] = ()
