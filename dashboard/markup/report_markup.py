"""A report in one HTML file: everything is inside it, it opens without a network and prints well."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import htpy as h
from markupsafe import Markup

from dashboard.data import Glance
from dashboard.markup import aspect_markup, decision_markup, markup
from dashboard.words import language, t
from pipeline.reviews.report import ReviewReport


@dataclass(frozen=True)
class ReportRoom:
    """A room of the report.

    Attributes:
        name: of the room.
        told: what is known of it, in words.
        photos: pictures as data addresses, the first one large.
        viewer: data of the viewer with data addresses, ``None`` where the room is not inside.
    """

    name: str
    told: tuple[str, ...]
    photos: tuple[str, ...]
    viewer: dict[str, Any] | None


def data_address(content: bytes, content_type: str) -> str:
    """A file as an address that holds it."""
    return f"data:{content_type};base64,{base64.b64encode(content).decode()}"


def document(
    title: str,
    lead: str,
    glances: Sequence[Glance],
    rooms: Sequence[ReportRoom],
    report: ReviewReport | None,
    *,
    style: str,
    starter: str,
    viewer_code: str,
    small_print: Sequence[str],
) -> str:
    """The whole file.

    Args:
        style: style sheets of the dashboard's own.
        starter: script of the dashboard's own that starts the rooms.
        viewer_code: bundle of the room viewer, empty where no room is inside.
        small_print: where the data come from, and that they are invented where they are.
    """
    body = h.main[
        markup.page_head(title, lead),
        decision_markup.glances(glances),
        _first(rooms, report),
        (_room(room) for room in rooms),
        report is not None and _reviews(report),
        (h.p(".sr-attribution")[line] for line in small_print),
    ]
    code = _inside_script(viewer_code)
    inside = any(room.viewer for room in rooms)
    return str(
        h.html(lang=language())[
            h.head[
                h.meta(charset="utf-8"),
                h.meta(name="viewport", content="width=device-width, initial-scale=1"),
                h.title[title],
                h.style[Markup(style)],  # noqa: S704 - the dashboard's own file,
            ],
            h.body[
                body,
                inside and h.script(type="text/plain", id="viewer-code")[code],
                inside and h.script(type="module")[_inside_script(starter)],
            ],
        ]
    )


def _inside_script(code: str) -> Markup:
    """Text of a script element: nothing in it may end the element."""
    return Markup(code.replace("</", "<\\/"))  # noqa: S704 - see above


def _first(rooms: Sequence[ReportRoom], report: ReviewReport | None) -> h.Node:
    photo = next((room.photos[0] for room in rooms if room.photos), None)
    card = decision_markup.verdict(report) if report is not None else None
    return h.div(".sr-two")[photo and h.figure[h.img(src=photo, alt="")], card]


def _room(room: ReportRoom) -> h.Element:
    stage = (
        room.viewer is not None
        and h.div(data_room=True)[
            h.div(".showroom-viewer", data_room_viewer=True, data_ready="false"),
            h.script(type="application/json", data_of=True)[_inside_script(json.dumps(room.viewer))],
        ]
    )
    pictures = (
        room.photos[1:]
        and h.div(".sr-photos")[
            (h.figure[h.img(src=photo, alt=t("Photo of {room}", room=room.name))] for photo in room.photos[1:])
        ]
    )
    return h.section(".sr-room")[markup.section(room.name, " · ".join(room.told)), stage, pictures]


def _reviews(report: ReviewReport) -> h.Fragment:
    return h.fragment[
        report.deal_breakers
        and (
            markup.section(t("Deal-breakers")),
            markup.topic_cards(map(aspect_markup.deal_breaker, report.deal_breakers)),
        ),
        report.summary and (markup.section(t("In short")), aspect_markup.summary(report.summary)),
        report.aspects and (markup.section(t("What they judge")), aspect_markup.aspect_cards(report.aspects)),
        report.topics
        and (
            markup.section(t("What people talk about")),
            markup.topic_cards(map(markup.topic_card, report.topics)),
        ),
    ]


def _topics(report: ReviewReport) -> Markup:
    return markup.topic_cards(map(markup.topic_card, report.topics))
