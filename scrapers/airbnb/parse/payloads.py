"""What fetching hands to parsing: recorded payloads, nothing live.

The browser side (``browser.py``, ``collect.py``) writes these; the parsers are pure functions of them, so a
saved page, a page-state JSON and a live page go through the same code.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"


@dataclass(frozen=True)
class NetworkAnswer:
    """A JSON answer that the page received.

    Attributes:
        url: of the request, without credentials.
        status: HTTP status.
        body: parsed JSON.
    """

    url: str
    status: int
    body: Json


@dataclass(frozen=True)
class RecordedPage:
    """One listing page as the browser (or a saved file) had it.

    Attributes:
        requested_url: what the user gave (empty for a saved file).
        final_url: after redirects.
        status: HTTP status of the document, ``None`` for a saved file.
        html: the document; for a live page the hydrated DOM, which still holds the state script where there
            was one.
        state: content of the ``data-deferred-state`` script where it was recorded apart.
        answers: JSON answers seen while the page was open (reviews, sections).
        retry_after_s: of a refusal, where the server said so.
        shown_on: day on which the page was shown, from which "3 weeks ago" counts; ``None`` for today.
    """

    requested_url: str
    final_url: str
    status: int | None
    html: str
    state: Json = None
    answers: tuple[NetworkAnswer, ...] = field(default_factory=tuple)
    retry_after_s: float | None = None
    shown_on: dt.date | None = None
