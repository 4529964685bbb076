"""One figure for each step of reading reviews, from the demo's report. Every number is read from it."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from models.sentence_encoder import SentenceEncoder
from pipeline.reviews.opinions import AspectModel, Opinions
from pipeline.reviews.report import AspectSummary, Contradiction, ReviewReport, change_words
from pipeline.reviews.text import Sentence, split_reviews
from scrapers.listing import Review
from tools.figures.sheet import BLUE, GREEN, INK, ORANGE, PALE, RED, sheet

FEELINGS: Final = {"pos": GREEN, "neg": RED, "mixed": ORANGE, "neutral": PALE}
#: languages whose letters the drawing has
_DRAWN: Final = ("en", "de", "fr", "es")
_TOPIC_COLOURS: Final = (GREEN, ORANGE, BLUE, RED, "#8a5fa8", "#b09a3e", "#5aa5a0", "#946046")
_SHORT: Final = 55


def sentences(reviews: Sequence[Review], report: ReviewReport) -> Figure:
    """Reviews cut into sentences, each with what it is about and how it feels."""
    read = split_reviews(reviews)
    opinions = AspectModel.default().predict(read.rows, SentenceEncoder().encode(read.english_readings))
    chosen = _examples(read.rows, opinions)
    figure, axes = sheet(2, 0.26 * len(chosen) + 0.6, (4.2, 1))
    axes[0].set_axis_off()
    axes[0].set_xlim(0, 1)
    axes[0].set_ylim(len(chosen) - 0.3, -0.9)
    axes[0].set_title(f"{len(read)} sentences of {len(reviews)} reviews; a few of them", loc="left")
    for row, index in enumerate(chosen):
        goes_on = row > 0 and chosen[row - 1] == index - 1
        _sentence(axes[0], row, read.rows[index], opinions, index, goes_on)
    languages = report.counts.languages
    axes[1].barh(list(languages), list(languages.values()), color=BLUE)
    axes[1].invert_yaxis()
    axes[1].set_title("sentences by language", loc="left")
    return figure


def _examples(rows: Sequence[Sentence], opinions: Opinions) -> list[int]:
    """Of each language the first reviews of two or more sentences that speak of two or more aspects."""
    by_review: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        by_review.setdefault(row.review_id, []).append(index)
    chosen: list[int] = []
    for language in _DRAWN:
        good = [
            part
            for part in by_review.values()
            if 2 <= len(part) <= 3
            and all(rows[i].language == language and len(rows[i].text) < _SHORT for i in part)
            and len({aspect for i in part for aspect in opinions.rows[i].aspects}) >= 2
        ]
        chosen += [index for part in good[:2] for index in part]
    return chosen


def _sentence(axes: Axes, row: int, sentence: Sentence, opinions: Opinions, index: int, goes_on: bool) -> None:
    found = opinions.rows[index]
    if not goes_on:
        axes.axhline(row - 0.5, color=PALE, linewidth=0.5)
    axes.text(0.0, row, sentence.language, color=BLUE, va="center", fontsize=8)
    axes.text(0.04, row, sentence.text, va="center", fontsize=8)
    axes.plot(0.60, row, "o", color=FEELINGS[found.polarity], markersize=6)
    aspects = [f"{name} ({opinion.polarity})" for name, opinion in found.aspects.items()]
    axes.text(0.62, row, ", ".join(aspects) or "–", va="center", fontsize=8)


def topics(report: ReviewReport) -> Figure:
    """The map of sentences, and the topics."""
    figure, axes = sheet(2, 4.0, (1, 1.1))
    axes[0].set_aspect("equal")
    axes[0].set_title(f"{len(report.map)} sentences by what they mean", loc="left")
    lost = [point for point in report.map if point.topic < 0]
    axes[0].scatter([p.x for p in lost], [p.y for p in lost], s=7, color=PALE, label="none")
    for topic in report.topics:
        mine = [point for point in report.map if point.topic == topic.id]
        colour = _TOPIC_COLOURS[topic.id % len(_TOPIC_COLOURS)]
        axes[0].scatter([p.x for p in mine], [p.y for p in mine], s=9, color=colour)
    axes[0].set_xticks([])
    axes[0].set_yticks([])
    for place, topic in enumerate(report.topics):
        colour = _TOPIC_COLOURS[topic.id % len(_TOPIC_COLOURS)]
        axes[1].barh(place, topic.share, color=colour, height=0.36)
        words = ", ".join(keyword.word for keyword in topic.keywords[:7])
        axes[1].text(0.002, place - 0.3, topic.label, va="bottom", fontsize=9)
        axes[1].text(0.002, place + 0.26, f"{topic.share:.0%} of the sentences: {words}", va="top", fontsize=7)
    axes[1].set_ylim(len(report.topics) - 0.3, -0.9)
    axes[1].set_axis_off()
    axes[1].set_title(f"topics; {report.unassigned} sentences fit none", loc="left")
    return figure


def scores(report: ReviewReport) -> Figure:
    """How good each aspect is said to be, with its interval, and how that changed."""
    figure, axes = sheet(2, 3.0)
    scored = [(aspect, aspect.score) for aspect in report.aspects if aspect.score is not None]
    shown = [aspect for aspect, _ in scored]
    for place, (_, score) in enumerate(scored):
        axes[0].plot([score.low, score.high], [place, place], color=BLUE, linewidth=5, alpha=0.35)
        axes[0].plot(score.value, place, "o", color=BLUE)
    axes[0].set_yticks(range(len(shown)), [f"{a.aspect} ({a.reviews} reviews)" for a in shown])
    axes[0].set_xlim(0, 1)
    axes[0].invert_yaxis()
    axes[0].set_title("score: 0 all bad, 1 all good; 90 % interval", loc="left")
    _trends(axes[1], shown)
    return figure


def _trends(axes: Axes, aspects: Sequence[AspectSummary]) -> None:
    """The aspect that changed most, period by period."""
    changed = max(aspects, key=lambda aspect: abs(aspect.change or 0.0))
    for place, period in enumerate(changed.trend):
        axes.plot([place, place], [period.score.low, period.score.high], color=BLUE, linewidth=5, alpha=0.35)
    values = [(place, period.score.value) for place, period in enumerate(changed.trend)]
    for start, end in pairwise(values):
        axes.plot(*zip(start, end, strict=True), "-o", color=BLUE)
    axes.set_xticks(
        range(len(changed.trend)), [period.period for period in changed.trend], rotation=45, fontsize=7
    )
    axes.set_ylim(0, 1)
    words = change_words(changed) or "nothing changed beyond chance"
    words = f"{changed.aspect}, each period shrunk to all time: {words}"
    axes.set_title(words, loc="left")


def contradictions(report: ReviewReport) -> Figure:
    """What the host says, and how many guests agree."""
    found: tuple[Contradiction, ...] = report.contradictions
    figure, axes = sheet(1, 0.75 * len(found) + 0.7)
    for place, one in enumerate(found):
        axes[0].barh(place, one.agreeing, color=GREEN, height=0.3)
        axes[0].barh(place, -one.disagreeing, color=RED, height=0.3)
        axes[0].text(0, place - 0.22, f"{one.source}: {one.claim}", ha="center", va="bottom", fontsize=8)
        if one.quotes:
            axes[0].text(
                0, place + 0.2, f"“{one.quotes[0].text}”", ha="center", va="top", fontsize=7, style="italic"
            )
    axes[0].axvline(0, color=INK, linewidth=0.8)
    most = max((max(one.agreeing, one.disagreeing) for one in found), default=1)
    axes[0].set_xlim(-1.6 * most, 1.6 * most)
    axes[0].set_ylim(len(found) - 0.3, -0.8)
    axes[0].set_yticks([])
    axes[0].set_title("reviews that disagree (left) and agree (right) with what the host says", loc="left")
    return figure
