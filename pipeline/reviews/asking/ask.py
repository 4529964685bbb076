"""Ask the reviews: who speaks of something, who praises and who blames it, in whose words.

::

    answer = ask("is it quiet at night?", reviews)          # reads the reviews first
    index = Index.of(sentences, opinions, encoder)          # or once for many questions
    answer = index.ask("아이와 지내기 좋은가요")

Nothing is invented: an answer is numbers and sentences of guests, or that nobody speaks of it. Whether a
sentence speaks of the question is told by its things (a table in seven languages), or its words where it asks
for no known thing, by the likeness of their vectors, and by the aspects of both.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from jaxtyping import Float, Float32
from pydantic import Field

from models.sentence_encoder import BUNDLED, multilingual_encoder
from pipeline.progress import Progress
from pipeline.reviews.asking.terms import rareness, shared, stems_in
from pipeline.reviews.opinions import AspectModel, OpinionsLike
from pipeline.reviews.recipe import aspect_model, read_opinions, readings, word_embedder
from pipeline.reviews.report import Quote, Record, quote
from pipeline.reviews.settings import ReviewSettings, make_encoder
from pipeline.reviews.text import (
    MANNER,
    Encoder,
    Sentences,
    embed_texts,
    english_reading,
    guess_language,
    split_reviews,
    things_in,
)
from scrapers.listing import Review

#: sentences that are shown of all that speak of it
SHOWN: Final = 5
#: characters of a question that are read; a longer one is no question
LONGEST_QUESTION: Final = 300
#: log-odds that a sentence speaks of a question: bias, and weights of the cosine of their vectors (-1 to 1), of
#: the share of the asked things (of the asked words where no thing is asked for), of the manners, and of the
#: same aspect; logistic regression on 420 pairs (52 questions in seven languages, 8 places of Singapore),
#: labelled by hand
BIAS: Final = -5.8
NEAR: Final = 5.2
THINGS: Final = 5.0
MANNERS: Final = 1.5
ABOUT: Final = 1.6
#: probability from which a sentence counts as speaking of it; on those pairs .91 of what is above does, and .96
#: of what does is above
SPEAKS: Final = 0.5
Feeling = Literal["praise", "blame", "both", "neither"]
_FEELINGS: Final[dict[str, Feeling]] = {"pos": "praise", "neg": "blame", "mixed": "both", "neutral": "neither"}


class Said(Record):
    """A guest's sentence that speaks of it.

    Attributes:
        quote: the sentence.
        likely: probability that it speaks of the question.
        feeling: what it says of it.
    """

    quote: Quote
    likely: float
    feeling: Feeling


class Answer(Record):
    """What guests say of a question.

    Attributes:
        question: as it was asked.
        speaking: reviews that speak of it, ``of`` how many with words.
        praising, blaming: reviews that praise or blame it (one that does both counts in both).
        newest: date of the newest review that speaks of it, if any has one.
        said: the sentences, the likeliest first, one of each review and wording.
    """

    question: str
    speaking: int
    of: int
    praising: int
    blaming: int
    newest: dt.date | None = None
    said: tuple[Said, ...] = Field(default=())

    @property
    def nobody(self) -> bool:
        """Whether no guest speaks of it."""
        return not self.speaking


@dataclass(frozen=True)
class _Asked:
    """A question as it is compared: its vector, the things and other words in it, the aspects that it names."""

    vector: Float32[np.ndarray, "D"]
    things: frozenset[str]
    manners: frozenset[str]
    stems: frozenset[str]
    aspects: frozenset[str]


@dataclass(frozen=True)
class _Line:
    """What the reader of aspects needs of a question."""

    text: str
    language: str


@dataclass(frozen=True)
class Index:
    """The sentences of one place, ready to be asked many times (a few milliseconds each).

    Attributes:
        sentences: N sentences; those of the platform answer nothing.
        opinions: what each says.
        vectors: of the sentences, by ``encoder``.
        encoder: reads the questions, too.
        things, stems: that each sentence names.
        rare: how much each stem says.
        model: finds the aspects that a question names.
    """

    sentences: Sentences
    opinions: Sequence[OpinionsLike]
    vectors: Float32[np.ndarray, "N D"]
    encoder: Encoder
    things: tuple[frozenset[str], ...]
    stems: tuple[frozenset[str], ...]
    rare: dict[str, float]
    model: AspectModel

    @classmethod
    def of(
        cls,
        sentences: Sentences,
        opinions: Sequence[OpinionsLike],
        encoder: Encoder,
        *,
        model: AspectModel | None = None,
        cache: Path | None = None,
        progress: Progress | None = None,
    ) -> "Index":
        """Embed and index the sentences.

        Args:
            opinions: one per sentence.
            encoder: of many languages, best :func:`models.sentence_encoder.multilingual_encoder`.
            model: the aspects that the opinions know (default: the built-in ones).
            cache: folder that keeps vectors from one time to the next.

        Raises:
            ValueError: there is not one opinion per sentence.
        """
        if len(opinions) != len(sentences):
            raise ValueError(f"{len(sentences)} sentences but {len(opinions)} opinions")
        texts = [_readable(row.text, row.language, encoder, row.translation) for row in sentences]
        vectors = embed_texts(texts, encoder, progress, cache).vectors
        things = tuple(things_in(row.text) for row in sentences)
        stems = tuple(stems_in(row.text) for row in sentences)
        known = model or AspectModel.default()
        return cls(sentences, opinions, vectors, encoder, things, stems, rareness(stems), known)

    def ask(self, question: str, shown: int = SHOWN) -> Answer:
        """What guests say of a question or a word, in any language that the encoder knows.

        Raises:
            ValueError: the question holds no letter, or is too long to be one.
        """
        plain = " ".join(question.split())
        if not any(sign.isalnum() for sign in plain):
            raise ValueError("ask with words: a question, or a thing such as wifi")
        if len(plain) > LONGEST_QUESTION:
            raise ValueError(f"a question has at most {LONGEST_QUESTION} characters, not {len(plain)}")
        asked = self._read(plain)
        likely = self._likely(asked)
        rows = [row for row in _ranked(likely, self.sentences) if likely[row] >= SPEAKS]
        said = [self._said(row, float(likely[row]), asked.aspects) for row in rows]
        return Answer(
            question=plain,
            speaking=len({one.quote.review_id for one in said}),
            of=len({row.review_id for row in self.sentences if not row.automated}),
            praising=len({one.quote.review_id for one in said if one.feeling in ("praise", "both")}),
            blaming=len({one.quote.review_id for one in said if one.feeling in ("blame", "both")}),
            newest=max((one.quote.date for one in said if one.quote.date is not None), default=None),
            said=tuple(_one_each(said)[:shown]),
        )

    def _read(self, question: str) -> _Asked:
        language = guess_language(question)
        vector = self.encoder.encode([_readable(question, language, self.encoder)])[0]
        aspects = frozenset(self.model.predict([_Line(question, language)]).rows[0].aspects)
        named = things_in(question)
        manners = frozenset(name for name in named if name.startswith(MANNER))
        return _Asked(vector, named - manners, manners, stems_in(question), aspects)

    def _likely(self, asked: _Asked) -> Float[np.ndarray, "N"]:
        """Probability that each sentence speaks of the question."""
        if not len(self.sentences):
            return np.zeros(0)
        near = (self.vectors @ asked.vector).astype(np.float64)
        if asked.things:
            things = np.array([_share(asked.things, own) for own in self.things])
        else:
            things = np.array([shared(asked.stems, own, self.rare) for own in self.stems])
        manners = np.array([_share(asked.manners, own) for own in self.things])
        about = np.array([bool(asked.aspects & own.aspects.keys()) for own in self.opinions], dtype=np.float64)
        logit = BIAS + NEAR * near + THINGS * things + MANNERS * manners + ABOUT * about
        guests = np.array([not row.automated for row in self.sentences])
        return np.round(np.where(guests, 1 / (1 + np.exp(-logit)), 0.0), 4)

    def _said(self, row: int, likely: float, aspects: frozenset[str]) -> Said:
        opinion = self.opinions[row]
        own = [opinion.aspects[name].polarity for name in sorted(aspects & opinion.aspects.keys())]
        feelings = set(own or [opinion.polarity]) - {"neutral"}
        polarity = "neutral" if not feelings else feelings.pop() if len(feelings) == 1 else "mixed"
        return Said(quote=quote(self.sentences.rows[row]), likely=likely, feeling=_FEELINGS[polarity])


def ask(question: str, reviews: Sequence[Review], settings: ReviewSettings | None = None) -> Answer:
    """Read the reviews and ask them once; for several questions make an :class:`Index`."""
    settings = settings or ReviewSettings()
    encoder = make_encoder(settings)
    sentences = split_reviews(reviews)
    vectors = embed_texts(readings(sentences, settings), encoder).vectors
    opinions = read_opinions(sentences, vectors, settings, word_embedder(encoder, settings))
    return Index.of(sentences, opinions.rows, multilingual_encoder(), model=aspect_model(settings)).ask(
        question
    )


def _readable(text: str, language: str, encoder: Encoder, translation: str | None = None) -> str:
    """The text itself, or its English for an encoder that knows nothing else."""
    name = getattr(encoder, "name", "")
    return english_reading(text, language, translation) if name == BUNDLED else text


def _share(asked: frozenset[str], held: frozenset[str]) -> float:
    return len(asked & held) / len(asked) if asked else 0.0


def _ranked(likely: Float[np.ndarray, "N"], sentences: Sentences) -> list[int]:
    """Rows, the likeliest first; of equal ones the newer, then by text, whatever their order was."""

    def place(row: int) -> tuple[float, int, str, str]:
        own = sentences.rows[row]
        return -likely[row], -(own.date.toordinal() if own.date else 0), own.text, own.review_id

    return sorted(range(len(sentences)), key=place)


def _one_each(said: Sequence[Said]) -> list[Said]:
    """The first of every review and wording."""
    seen: set[str] = set()
    chosen = []
    for one in said:
        wording = "".join(sign for sign in one.quote.text.casefold() if sign.isalnum())
        marks = {"review " + one.quote.review_id, wording}
        if not marks & seen:
            seen |= marks
            chosen.append(one)
    return chosen
