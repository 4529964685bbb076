"""HTML of what no photo of a room shows: the plan, the generated views, and the sides of the room."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.data import LEGEND, FaceRow, NewView
from dashboard.formatting import count, decimal, sentence, text

_COLUMNS = (
    "Side of the room",
    "Area",
    "On a photo",
    "Behind something",
    "On no photo",
    "Largest gap",
    "Filled in",
)


def plan_figure(url: str) -> str:
    """The plan as a picture: a browser obeys no script in an image."""
    return (
        f'<figure class="sr-plan"><img src="{text(url)}" loading="lazy" alt="Plan of the room from above, with '
        'what the photos saw, where they were taken, and the new views"><figcaption>The room from above. Dark '
        "marks: photos. Dashed marks: new views.</figcaption></figure>"
    )


def view_pair(view: NewView, *, metric: bool) -> str:
    """One generated view before and after; what was unknown is hatched."""
    gain = f"Shows {decimal(round(view.gain_m2, 1))} m² more." if metric and view.gain_m2 else ""
    failed = "".join(f"<span>{text(sentence(note))}</span>" for note in view.notes)
    # an address of the dashboard's own, made of a key and a number: nothing in it ends the url()
    mask = text(view.mask_url)
    hatch = f'<i style="-webkit-mask-image:url({mask});mask-image:url({mask})"></i>'
    name = text(view.name)
    return (
        f'<article class="sr-pair"><header><b>{view.number}. {name}</b><span>{text(gain)}</span>'
        f"<span>{text(sentence(f'Filled with {view.filled_by}'))}</span>{failed}</header>"
        f'<figure><div><img src="{text(view.before_url)}" loading="lazy" alt="{name}, before">{hatch}</div>'
        "<figcaption>Before; hatched: unknown</figcaption></figure>"
        f'<figure><div><img src="{text(view.after_url)}" loading="lazy" alt="{name}, after"></div>'
        "<figcaption>Filled in</figcaption></figure></article>"
    )


def view_pairs(views: Sequence[NewView], *, metric: bool) -> str:
    """All generated views."""
    return f'<div class="sr-pairs">{"".join(view_pair(view, metric=metric) for view in views)}</div>'


def face_table(rows: Sequence[FaceRow], *, metric: bool) -> str:
    """What the photos saw of each side of the room; shares of the side where lengths are relative."""
    head = "".join(f'<th scope="col">{text(name)}</th>' for name in _COLUMNS if metric or name != "Area")
    body = "".join(_face(row, metric=metric) for row in rows)
    return (
        f'<div class="sr-scroll"><table class="sr-faces"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _face(row: FaceRow, *, metric: bool) -> str:
    def amount(value: float) -> str:
        share = value / row.area if row.area > 0 else 0.0
        if share < 0.005:
            return "<td>–</td>"
        return f"<td>{value:.1f} m²</td>" if metric else f"<td>{100 * share:.0f} %</td>"

    opening = f"<span>{100 * row.open / row.area:.0f} % open</span>" if row.open > 0.005 * row.area else ""
    area = f"<td>{row.area:.1f} m²</td>" if metric else ""
    cells = "".join(map(amount, (row.seen, row.hidden, row.outside, row.hole, row.filled)))
    return f'<tr><th scope="row">{text(row.name)}{opening}</th>{area}{cells}</tr>'


def layout_row(pictures: Sequence[tuple[str, str | None, str]]) -> str:
    """Photos with their class maps over them: addresses of photo and map, caption."""
    legend = "".join(f'<li><i style="background:rgb{colour}"></i>{text(name)}</li>' for name, colour in LEGEND)
    figures = "".join(
        f'<figure><div><img src="{text(photo)}" loading="lazy" alt="">'
        f"{_over(class_map)}</div><figcaption>{text(said)}</figcaption></figure>"
        for photo, class_map, said in pictures
    )
    return f'<ul class="sr-legend">{legend}</ul><div class="sr-layouts">{figures}</div>'


def _over(class_map: str | None) -> str:
    return f'<img src="{text(class_map)}" loading="lazy" alt="">' if class_map else ""


def files_title(number: int) -> str:
    """Title of the list of files."""
    return f"New views and layouts: {count(number, 'file')}"
