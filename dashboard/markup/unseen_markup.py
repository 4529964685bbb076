"""HTML of what no photo of a room shows: the plan, the generated views, and the sides of the room."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from markupsafe import Markup, escape

from dashboard.data import LEGEND, FaceRow, NewView
from dashboard.formatting import count, decimal, sentence
from dashboard.markup.tables import table
from dashboard.words import mark, percent, t, told

_COLUMNS = (
    mark("Side of the room"),
    mark("Area"),
    mark("On a photo"),
    mark("Behind something"),
    mark("On no photo"),
    mark("Largest gap"),
    mark("Filled in"),
)
_PLAN_ALT = mark(
    "Plan of the room from above, with what the photos saw, where they were taken, and the new views"
)


def plan_figure(url: str) -> Markup:
    """The plan as a picture: a browser obeys no script in an image."""
    told = t("The room from above. Dark marks: photos. Dashed marks: new views.")
    return escape(h.figure(".sr-plan")[h.img(src=url, loading="lazy", alt=t(_PLAN_ALT)), h.figcaption[told]])


def _picture(url: str, alt: str, caption: str, over: h.Node = None) -> h.Element:
    return h.figure[h.div[h.img(src=url, loading="lazy", alt=alt), over], h.figcaption[caption]]


def view_pair(view: NewView, *, metric: bool) -> h.Element:
    """One generated view, before and after under a slider; what was unknown is hatched."""
    gain = t("Shows {area} m² more.", area=decimal(round(view.gain_m2, 1))) if metric and view.gain_m2 else ""
    # an address of the dashboard's own, made of a key and a number: nothing in it ends the url()
    mask = f"url({view.mask_url})"
    hatch = h.i(style=f"-webkit-mask-image:{mask};mask-image:{mask}")
    return h.article(".sr-pair")[
        h.header[
            h.b[f"{view.number}. {told(view.name)}"],
            h.span[gain],
            h.span[sentence(t("Filled with {way}", way=told(view.filled_by)))],
            (h.span[sentence(told(failed))] for failed in view.notes),
        ],
        _slide(view, hatch),
    ]


def _slide(view: NewView, hatch: h.Element) -> h.Element:
    """The view filled in, with a slider that uncovers it; the right of it is the view as it was."""
    return h.figure[
        h.div(".sr-slide")[
            h.img(src=view.after_url, loading="lazy", alt=t("{view}, filled in", view=told(view.name))),
            h.div[
                h.img(src=view.before_url, loading="lazy", alt=t("{view}, before", view=told(view.name))), hatch
            ],
            h.input(
                type="range",
                min="0",
                max="100",
                value="50",
                aria_label=t("How much of {view} is filled in", view=told(view.name)),
            ),
        ],
        h.figcaption[t("Left: filled in. Right: as the photos show it; hatched is unknown. Drag to compare.")],
    ]


def view_pairs(views: Sequence[NewView], *, metric: bool) -> Markup:
    """All generated views."""
    return escape(h.div(".sr-pairs")[(view_pair(view, metric=metric) for view in views)])


def face_table(rows: Sequence[FaceRow], *, metric: bool) -> Markup:
    """What the photos saw of each side of the room; shares of the side where lengths are relative."""
    columns = (t(name) for name in _COLUMNS if metric or name != mark("Area"))
    return escape(table(columns, (_face(row, metric=metric) for row in rows), "sr-faces"))


def _face(row: FaceRow, *, metric: bool) -> h.Element:
    def amount(value: float) -> str:
        share = value / row.area if row.area > 0 else 0.0
        if share < 0.005:
            return "–"
        return f"{value:.1f} m²" if metric else percent(share)

    opening = row.open > 0.005 * row.area and h.span[t("{share} open", share=percent(row.open / row.area))]
    amounts = (row.seen, row.hidden, row.outside, row.hole, row.filled)
    return h.tr[
        h.th(scope="row")[t(row.name), opening],
        metric and h.td[f"{row.area:.1f} m²"],
        (h.td[amount(value)] for value in amounts),
    ]


def layout_row(pictures: Sequence[tuple[str, str | None, str]]) -> Markup:
    """Photos with their class maps over them: addresses of photo and map, caption."""
    legend = (h.li[h.i(style=f"background:rgb{colour}"), t(name)] for name, colour in LEGEND)
    figures = (
        _picture(photo, "", said, class_map and h.img(src=class_map, loading="lazy", alt=""))
        for photo, class_map, said in pictures
    )
    return escape(h.fragment[h.ul(".sr-legend")[legend], h.div(".sr-layouts")[figures]])


def files_title(number: int) -> str:
    """Title of the list of files."""
    return t("New views and layouts: {files}", files=count(number, "file"))
