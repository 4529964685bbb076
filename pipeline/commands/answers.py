"""An answer of the reviews in a few lines of text, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.markup import escape

from pipeline.reviews.asking import Answer, answer_words

MARKS: Final = {
    "praise": "[green]+[/green]",
    "blame": "[red]-[/red]",
    "both": "[yellow]±[/yellow]",
    "neither": " ",
}


def answer_lines(answer: Answer) -> Iterator[str]:
    """Lines (rich markup, guests' text escaped): how many speak of it, then their sentences."""
    yield f"[bold]{escape(answer.question)}[/bold]"
    yield f"  {answer_words(answer)}."
    for one in answer.said:
        date = "" if one.quote.date is None else f"{one.quote.date:%Y-%m-%d} "
        yield f"  {MARKS[one.feeling]} [dim]{date}[/dim]“{escape(' '.join(one.quote.text.split()))}”"
        if one.quote.translation:
            yield f"    [dim]{escape(' '.join(one.quote.translation.split()))}[/dim]"
