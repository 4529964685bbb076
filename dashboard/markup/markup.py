"""Pieces of HTML. Every value from a listing goes through :func:`dashboard.formatting.text`."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Literal

from dashboard.data import Fact, Number, ReviewRow
from dashboard.formatting import count, language_name, text
from pipeline.reviews.report import Quote, TopicSummary

Tone = Literal["good", "warn", "bad", "quiet", "accent"]


def pill(label: str, tone: Tone = "quiet") -> str:
    """A small label."""
    return f'<span class="sr-pill sr-{tone}">{text(label)}</span>'


def page_head(title: str, lead: str = "", pills: Iterable[str] = (), *, compact: bool = False) -> str:
    """Title of a page with a line under it (beside it if ``compact``); ``pills`` are made by :func:`pill`."""
    badges = "".join(pills)
    row = f'<div class="sr-pills">{badges}</div>' if badges else ""
    line = f'<p class="sr-lead">{text(lead)}</p>' if lead else ""
    kind = "sr-head sr-compact" if compact else "sr-head"
    return f'<header class="{kind}">{row}<h1>{text(title)}</h1>{line}</header>'


def hero(title: str, lead: str, art: bytes) -> str:
    """The head of the first page; ``art`` is a drawing of the dashboard's own (SVG)."""
    address = f"data:image/svg+xml;base64,{base64.b64encode(art).decode()}"
    return f'<div class="sr-hero">{page_head(title, lead)}<img class="sr-art" src="{address}" alt=""></div>'


def section(title: str, note: str = "") -> str:
    """Title of a part of a page."""
    line = f"<p>{text(note)}</p>" if note else ""
    return f'<div class="sr-section"><h2>{text(title)}</h2>{line}</div>'


def numbers(values: Sequence[Number]) -> str:
    """Headline numbers in a row."""
    cells = "".join(
        f'<div class="sr-number"><b>{text(n.value)}</b><span>{text(n.label)}</span><i>{text(n.note)}</i></div>'
        for n in values
    )
    return f'<div class="sr-numbers">{cells}</div>'


def fact_list(facts: Sequence[Fact]) -> str:
    """Facts as a list of terms; what is not known stays quiet."""
    cells = []
    for fact in facts:
        shown = {
            "present": f"<dd>{text(fact.value)}</dd>",
            "none": '<dd class="sr-none" title="The source says that there is none">none</dd>',
            "absent": '<dd class="sr-absent" title="The source does not say">not told</dd>',
        }[fact.status]
        cells.append(f"<div><dt>{text(fact.label)}</dt>{shown}</div>")
    return f'<dl class="sr-facts">{"".join(cells)}</dl>'


def collage(urls: Sequence[str], title: str) -> str:
    """One large photo and up to four small ones."""
    if not urls:
        return '<div class="sr-collage sr-collage-0"><p>This listing has no photos.</p></div>'
    images = "".join(
        f'<img src="{text(url)}" alt="{text(f"Photo {number} of {title}")}" loading="eager">'
        for number, url in enumerate(urls, start=1)
    )
    return f'<div class="sr-collage sr-collage-{min(len(urls), 5)}">{images}</div>'


def cover(url: str | None, title: str, mark: str = "") -> str:
    """The picture of a card."""
    inner = (
        f'<img src="{text(url)}" alt="" loading="lazy">' if url else f"<span>{text(title[:1].upper())}</span>"
    )
    return f'<div class="sr-cover">{inner}{mark}</div>'


def card_text(title: str, lines: Sequence[str]) -> str:
    """Title and small print of a card."""
    small = "".join(f"<p>{text(line)}</p>" for line in lines if line)
    return f'<div class="sr-card-text"><h3>{text(title)}</h3>{small}</div>'


def photo_row(urls: Sequence[tuple[str, str]]) -> str:
    """Photos in rows, each with its caption (may be empty)."""
    figures = "".join(
        f'<figure><img src="{text(url)}" alt="{text(caption or "Photo of the room")}" loading="lazy">'
        f"{f'<figcaption>{text(caption)}</figcaption>' if caption else ''}</figure>"
        for url, caption in urls
    )
    return f'<div class="sr-photos">{figures}</div>'


def panel(title: str, body: str, advice: str = "", tone: Tone = "quiet") -> str:
    """A framed message: what is the case, and what to do."""
    hint = f'<p class="sr-advice">{text(advice)}</p>' if advice else ""
    return (
        f'<div class="sr-panel sr-panel-{tone}" role="status">'
        f"<h3>{text(title)}</h3><p>{text(body)}</p>{hint}</div>"
    )


def share_bar(parts: Sequence[tuple[str, float, Tone]]) -> str:
    """A bar of shares that add up to at most one, with a legend."""
    widths = "".join(
        f'<i class="sr-{tone}" style="width:{100 * max(share, 0):.1f}%"></i>' for _, share, tone in parts
    )
    legend = "".join(
        f'<li><i class="sr-{tone}"></i>{text(label)} <b>{100 * share:.0f} %</b></li>'
        for label, share, tone in parts
    )
    return f'<div class="sr-share"><div class="sr-bar">{widths}</div><ul>{legend}</ul></div>'


def key_values(rows: Sequence[tuple[str, str]]) -> str:
    """Two columns: what, and its value."""
    cells = "".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in rows)
    return f'<dl class="sr-rows">{cells}</dl>'


def downloads(links: Sequence[tuple[str, str]]) -> str:
    """Links that save a file: address and label."""
    anchors = "".join(
        f'<a class="sr-download" href="{text(url)}" download>{text(label)}</a>' for url, label in links
    )
    return f'<div class="sr-downloads">{anchors}</div>'


def steps(rows: Sequence[tuple[str, str, str, str]]) -> str:
    """Stages of a job: state, name, detail, and time or percentage."""
    items = "".join(
        f'<li class="sr-step sr-step-{text(state)}"><i aria-hidden="true"></i>'
        f"<div><b>{text(name)}</b><span>{text(detail)}</span></div><em>{text(aside)}</em></li>"
        for state, name, detail, aside in rows
    )
    return f'<ol class="sr-steps">{items}</ol>'


def meter(fraction: float, label: str) -> str:
    """A progress bar."""
    percent = 100 * min(max(fraction, 0.0), 1.0)
    return (
        f'<div class="sr-meter" role="progressbar" aria-label="{text(label)}" aria-valuemin="0"'
        f' aria-valuemax="100" aria-valuenow="{percent:.0f}"><i style="width:{percent:.1f}%"></i></div>'
    )


def under_way(title: str, what: str, fraction: float, photos: Sequence[str] = ()) -> str:
    """An analysis under way: title, what is done at the moment, how far it is, and photos if there are any."""
    images = "".join(f'<img src="{text(url)}" alt="" loading="eager">' for url in photos)
    row = f'<div class="sr-way-photos">{images}</div>' if images else ""
    bar = meter(fraction, f"Progress of {title}")
    return (
        f'<div class="sr-way" role="status">{row}<div class="sr-way-text"><h3>{text(title)}</h3>'
        f"<b>{100 * fraction:.0f} %</b><span>{text(what)}</span></div>{bar}</div>"
    )


def bars(rows: Sequence[tuple[str, int]], thing: str) -> str:
    """A horizontal bar per row, relative to the sum of all."""
    total = sum(number for _, number in rows) or 1
    items = "".join(
        f'<li title="{text(count(number, thing))}"><span>{text(label)}</span>'
        f'<i><u style="width:{100 * number / total:.1f}%"></u></i><b>{100 * number / total:.0f} %</b></li>'
        for label, number in rows
    )
    return f'<ul class="sr-bars">{items}</ul>'


def histogram(stars: dict[int, int]) -> str:
    """How many reviews gave how many stars, five stars first."""
    rows = [(f"{star} star{'s' if star > 1 else ''}", stars.get(star, 0)) for star in range(5, 0, -1)]
    return bars(rows, "review")


def quote_block(quote: Quote) -> str:
    """A sentence of a guest in its own language, with that language, the year and the source's translation."""
    facts = [language_name(quote.language)]
    if quote.date is not None:
        facts.append(str(quote.date.year))
    translation = f'<q class="sr-translation">{text(quote.translation)}</q>' if quote.translation else ""
    return (
        f'<blockquote lang="{text(quote.language)}">{text(quote.text)}'
        f"<em>{text(' · '.join(facts))}</em>{translation}</blockquote>"
    )


def topic_card(topic: TopicSummary, quotes: int = 3) -> str:
    """One topic: label, share, stars, keywords, typical sentences in their own language."""
    stars = f" · {topic.mean_rating:.1f} stars" if topic.mean_rating is not None else ""
    words = ", ".join(keyword.word for keyword in topic.keywords[:6])
    said = "".join(quote_block(quote) for quote in topic.representatives[:quotes])
    return (
        f'<article class="sr-topic" id="topic-{topic.id}"><header><h3>{text(topic.label)}</h3>'
        f"<span>{100 * topic.share:.0f} %</span></header>"
        f'<div class="sr-bar"><i class="sr-accent" style="width:{100 * topic.share:.1f}%"></i></div>'
        f'<p class="sr-words">{text(count(topic.reviews, "review"))}{text(stars)}</p>'
        f'<p class="sr-words">{text(words)}</p>{said}</article>'
    )


def topic_lines(topics: Sequence[TopicSummary]) -> str:
    """Topics in one line each, with their share of the sentences."""
    items = "".join(
        f'<li><span>{text(topic.label)}</span><i><u style="width:{100 * topic.share:.1f}%"></u></i>'
        f"<b>{f'{topic.mean_rating:.1f} ★' if topic.mean_rating is not None else f'{100 * topic.share:.0f} %'}"
        "</b></li>"
        for topic in topics
    )
    return f'<ul class="sr-bars sr-topic-lines">{items}</ul>'


def _review(row: ReviewRow) -> str:
    review = row.review
    facts = [review.date.strftime("%d %B %Y").lstrip("0")] if review.date else []
    if review.language:
        facts.append(language_name(review.language))
    stars = ""
    if review.rating is not None:
        full = round(review.rating)
        stars = (
            f'<span class="sr-stars" title="{review.rating:g} of 5 stars">{"★" * full}{"☆" * (5 - full)}</span>'
        )
    pills = "".join(pill(label) for label in row.topics)
    language = f' lang="{text(review.language)}"' if review.language else ""
    translation = f'<p class="sr-translation">{text(review.translation)}</p>' if review.translation else ""
    response = f"<details><summary>Answer of the host</summary><p>{text(review.response)}</p></details>"
    return (
        f'<article class="sr-review"><header>{stars}<span>{text(" · ".join(facts))}</span></header>'
        f"<p{language}>{text(review.text)}</p>{translation}{response if review.response else ''}"
        f'<div class="sr-pills">{pills}</div></article>'
    )


def review_list(rows: Sequence[ReviewRow]) -> str:
    """Reviews to read, in their own language, with their topics."""
    return f'<div class="sr-reviews">{"".join(_review(row) for row in rows)}</div>'
