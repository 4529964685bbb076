"""HTML of how large a room is, and what lenses do to its photos."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import htpy as h
from markupsafe import Markup, escape

from dashboard.words import t, told
from pipeline.sizing import CardLine, RoomCard


def size_card(card: RoomCard) -> Markup:
    """The numbers of a room, each with its band; what they rest on, and why some are missing."""
    return escape(
        h.div[
            h.dl(".sr-size")[[_line(line) for line in card.lines]] if card.lines else None,
            card.rests_on and h.p(".sr-note")[_small_print(card)],
            (h.p(".sr-note")[told(why)] for why in card.why),
        ]
    )


def _small_print(card: RoomCard) -> str:
    banded = any(line.band for line in card.lines)
    rests_on = told(card.rests_on)
    return f"{rests_on} " + t("Eight times of ten the truth lies in the band.") if banded else rests_on


def _line(line: CardLine) -> h.Element:
    return h.div[
        h.dt[told(line.name)],
        h.dd[
            h.b[told(line.value)],
            line.band and h.i[told(line.band)],
            h.i[told(line.imperial) + (f" ({told(line.imperial_band)})" if line.imperial_band else "")],
        ],
    ]


def lenses(rows: Sequence[tuple[str, str]]) -> Markup:
    """Each photo by its name, and what its lens does to the view."""
    return escape(h.ul(".sr-lenses")[(h.li[h.b[name], h.span[said]] for name, said in rows)])


def plan_figure(drawing: str, name: str) -> Markup:
    """The plan as a picture: a browser obeys no script in an image."""
    address = f"data:image/svg+xml;base64,{base64.b64encode(drawing.encode()).decode()}"
    said = t("From above. Hatched: on no photo. Dashed: a wall on no photo. Marks: where photos were taken.")
    alt = t("Plan of {room} from above, with its lengths and where its photos were taken", room=name)
    return escape(h.figure(".sr-plan")[h.img(src=address, loading="lazy", alt=alt), h.figcaption[said]])
