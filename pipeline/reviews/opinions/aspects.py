"""What does each sentence speak of, and does it praise or blame it?

::

    model = AspectModel.default().with_aspect("pets", ["dog", "cat", "They let our puppy run in the garden."])
    opinions = model.predict(sentences.rows, embeddings.vectors)
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol, Self

import numpy as np
from jaxtyping import Float, Float32

from pipeline.progress import Progress
from pipeline.reviews.opinions.aspects_classifier import Weights, default_weights, sigmoid
from pipeline.reviews.opinions.aspects_custom import CUSTOM, CustomAspect
from pipeline.reviews.opinions.aspects_features import BUILT_IN
from pipeline.reviews.opinions.aspects_scores import Batch, SentenceLike
from pipeline.reviews.opinions.clauses import Reading
from pipeline.reviews.opinions.constructions import leaning
from pipeline.reviews.opinions.judge import Judge, agreed, leaned, polarity_of, with_stars
from pipeline.reviews.opinions.records import AspectOpinion, Opinions, SentenceOpinion
from pipeline.reviews.opinions.sentiment import POLARITIES, Polarity
from pipeline.reviews.opinions.severity import DealBreaker, is_about_safety, severity_of

MODEL_FILE: Final = "aspects.json"
_SENTENCES_PER_STEP: Final = 1000

#: of what a sentence says of an aspect: confidence, the reading, the aspect's name in it
_Found = dict[str, tuple[float, Reading, str]]


class SentimentModel(Protocol):
    """Tells feelings of texts, as ``sentiment_transformer.TransformerSentiment`` does."""

    def probabilities(
        self, texts: Sequence[str], progress: Progress | None = None
    ) -> Float[np.ndarray, "N 4"]: ...


@dataclass(frozen=True)
class AspectModel:
    """Which aspects to look for; every change gives a new model.

    Attributes:
        sources: by the name shown, either the built-in aspect that it stands for or the user's examples.
        threshold: least confidence of an aspect.
        judge: has the last word where vectors are given that it was trained on; without it those of MiniLM
            serve English.
    """

    sources: Mapping[str, str | CustomAspect]
    threshold: float = 0.5
    weights: Weights = field(default_factory=default_weights, repr=False, compare=False)
    judge: Judge | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, source in self.sources.items():
            if not name.strip():
                raise ValueError("an aspect needs a name")
            if isinstance(source, str) and source not in BUILT_IN:
                raise ValueError(
                    f"{source!r} is no built-in aspect; choose from {list(BUILT_IN)} or give examples"
                )
        if not 0 < self.threshold < 1:
            raise ValueError(f"threshold is a probability between 0 and 1, not {self.threshold}")

    @classmethod
    def default(cls) -> Self:
        """Cleanliness, noise, location, price, facilities and host."""
        return cls({name: name for name in BUILT_IN})

    @property
    def names(self) -> tuple[str, ...]:
        """The aspects, in order."""
        return tuple(self.sources)

    def with_aspect(
        self, name: str, examples: Sequence[str], vectors: Float32[np.ndarray, "E D"] | None = None
    ) -> Self:
        """Add an aspect by a few words or sentences; with their ``vectors`` it also finds other wordings.

        Raises:
            ValueError: if the name is taken or there is no example.
        """
        if name in self.sources:
            raise ValueError(f"there is an aspect {name!r} already; rename or remove it first")
        rows = () if vectors is None else tuple(tuple(map(float, row)) for row in vectors)
        return replace(self, sources={**self.sources, name: CustomAspect(tuple(examples), rows)})

    def without(self, name: str) -> Self:
        """Leave an aspect out; ``KeyError`` if there is none of that name."""
        self._check_known(name)
        return replace(self, sources={known: source for known, source in self.sources.items() if known != name})

    def renamed(self, old: str, new: str) -> Self:
        """Show an aspect under another name; ``KeyError`` if unknown, ``ValueError`` if the new is taken."""
        self._check_known(old)
        if new in self.sources and new != old:
            raise ValueError(f"there is an aspect {new!r} already")
        return replace(
            self, sources={new if known == old else known: source for known, source in self.sources.items()}
        )

    def judged_by(self, judge: Judge) -> Self:
        """The same aspects with a judge that has the last word."""
        return replace(self, judge=judge)

    def _check_known(self, name: str) -> None:
        if name not in self.sources:
            raise KeyError(f"no aspect {name!r}; there are {list(self.sources)}")

    def predict(
        self,
        sentences: Sequence[SentenceLike],
        vectors: Float32[np.ndarray, "N D"] | None = None,
        progress: Progress | None = None,
        feelings: SentimentModel | None = None,
    ) -> Opinions:
        """Aspects and polarity of every sentence.

        Args:
            sentences: cleaned sentences with their language (any code; unknown ones are read by their script).
            vectors: one per sentence, of the encoder that the judge was trained on; without a judge of the
                bundled MiniLM, of which only those of English sentences are used, except for users' own
                aspects. Vectors of other encoders must not be given.
            progress: told after every thousand sentences.
            feelings: tells good from bad instead of the project's own model; it reads sentences and, for
                aspects, their clauses. Aspects are found as ever.

        Raises:
            ValueError: if there is not one vector per sentence.
        """
        progress = progress or Progress()
        if vectors is not None and len(vectors) != len(sentences):
            raise ValueError(f"{len(vectors)} vectors for {len(sentences)} sentences; give one for each")
        rows: list[SentenceOpinion] = []
        for start in range(0, len(sentences), _SENTENCES_PER_STEP):
            progress(start / len(sentences), "reading what the sentences say")
            part = slice(start, start + _SENTENCES_PER_STEP)
            rows.extend(self._predict_part(sentences[part], None if vectors is None else vectors[part]))
        if feelings is not None:
            rows = felt_by(rows, [sentence.text for sentence in sentences], feelings, progress)
        progress(1.0, f"{len(rows)} sentences read")
        return Opinions(tuple(rows), self.names)

    def _predict_part(
        self, sentences: Sequence[SentenceLike], vectors: Float32[np.ndarray, "N D"] | None
    ) -> list[SentenceOpinion]:
        judge = self.judge if self.judge is not None and self.judge.knows(vectors) else None
        batch = Batch.read(sentences, None if judge else vectors, self.weights)
        if judge is None or vectors is None:
            overall = batch.overall(self.weights)
            by_aspect = np.stack([batch.confidences(name, self.weights) for name in BUILT_IN], axis=1)
        else:
            texts = [row.text for row in sentences]
            overall = leaned(judge.overall(batch.stack, vectors, texts), leaning(texts))
            by_aspect = judge.aspect_confidences(batch.aspect_logits(self.weights), batch.base, vectors)
        overall = with_stars(overall, [getattr(row, "rating", None) for row in sentences])
        found: list[_Found] = [{} for _ in sentences]
        for name, source in self.sources.items():
            if isinstance(source, str):
                confidences = by_aspect[:, BUILT_IN.index(source)]
                for index in np.flatnonzero(confidences >= self.threshold).tolist():
                    found[index][name] = (float(confidences[index]), batch.readings[index], source)
            else:
                self._add_custom(name, source, batch, vectors, found)
        opinions = self._aspect_opinions(batch, found, None if judge is None else overall)
        return [
            _judged(row.text, aspects, chances, self._name_of("location"))
            for row, aspects, chances in zip(sentences, opinions, overall, strict=True)
        ]

    def _name_of(self, aspect: str) -> str | None:
        """Under which name a built-in aspect is shown."""
        return next((name for name, source in self.sources.items() if source == aspect), None)

    def _add_custom(
        self,
        name: str,
        source: CustomAspect,
        batch: Batch,
        vectors: Float32[np.ndarray, "N D"] | None,
        found: list[_Found],
    ) -> None:
        for index, (sentence, reading) in enumerate(zip(batch.sentences, batch.readings, strict=True)):
            vector = None if vectors is None else vectors[index]
            logit, marked = source.find(sentence.text, reading, vector)
            confidence = float(sigmoid(np.array([logit]))[0])
            if confidence >= self.threshold:
                found[index][name] = (confidence, marked, CUSTOM)

    def _aspect_opinions(
        self, batch: Batch, found: Sequence[_Found], overall: Float[np.ndarray, "N 4"] | None
    ) -> list[dict[str, AspectOpinion]]:
        keys = [(index, name) for index, aspects in enumerate(found) for name in aspects]
        opinions: list[dict[str, AspectOpinion]] = [{} for _ in found]
        if not keys:
            return opinions
        named = [found[index][name] for index, name in keys]
        rows = [index for index, _ in keys]
        alone = np.array([len(found[index]) == 1 for index in rows])
        felt = batch.aspect_polarities(
            rows, [aspect for _, _, aspect in named], [reading for _, reading, _ in named], alone, self.weights
        )
        if overall is not None:
            felt = agreed(felt, overall[rows], alone)
        for (index, name), (confidence, reading, aspect), row in zip(keys, named, felt, strict=True):
            span = _span(reading, aspect, len(batch.sentences[index].text))
            polarity = POLARITIES[int(row.argmax())]
            opinions[index][name] = AspectOpinion(polarity, confidence, float(row.max()), span)
        return opinions

    def save(self, folder: Path) -> None:
        """Write ``aspects.json`` into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        sources = {name: s if isinstance(s, str) else asdict(s) for name, s in self.sources.items()}
        text = json.dumps({"threshold": self.threshold, "sources": sources}, indent=1, ensure_ascii=False)
        (folder / MODEL_FILE).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote."""
        raw = json.loads((folder / MODEL_FILE).read_text(encoding="utf-8"))
        sources = {
            name: source if isinstance(source, str) else _custom(source)
            for name, source in raw["sources"].items()
        }
        return cls(sources, raw["threshold"])


def _judged(
    text: str, aspects: dict[str, AspectOpinion], chances: Float[np.ndarray, "4"], location: str | None
) -> SentenceOpinion:
    """The opinion of a sentence with its weight; what is said of safety belongs to the location."""
    polarity = polarity_of(chances)
    criticism = float(chances[POLARITIES.index("neg")] + chances[POLARITIES.index("mixed")])
    severity, deal_breaker = severity_of(text, criticism, polarity in ("neg", "mixed"))
    if location is not None and is_about_safety(text):
        if deal_breaker is DealBreaker.SAFETY:
            place = aspects.get(location, AspectOpinion("neg", criticism, criticism, (0, len(text))))
            aspects = {**aspects, location: replace(place, polarity="neg", polarity_confidence=criticism)}
        if location in aspects:
            aspects = {**aspects, location: replace(aspects[location], part="safety")}
    return SentenceOpinion(
        aspects,
        polarity,
        float(chances[POLARITIES.index(polarity)]),
        float(chances[0] - chances[1]),
        criticism,
        severity,
        deal_breaker,
    )


def felt_by(
    rows: Sequence[SentenceOpinion], texts: Sequence[str], feelings: SentimentModel, progress: Progress
) -> list[SentenceOpinion]:
    """The same aspects with the feelings of another model.

    A sentence whose aspects are good and bad stays mixed where the model knows no such label.
    """
    overall = feelings.probabilities(texts, progress)
    keys = [(index, name) for index, row in enumerate(rows) for name in row.aspects]
    spans = [rows[index].aspects[name].span for index, name in keys]
    parts = [texts[index][start:end] for (index, _), (start, end) in zip(keys, spans, strict=True)]
    aspects: list[dict[str, AspectOpinion]] = [{} for _ in rows]
    for (index, name), row in zip(keys, feelings.probabilities(parts, progress), strict=True):
        choice = POLARITIES[int(row.argmax())]
        opinion = rows[index].aspects[name]
        aspects[index][name] = replace(opinion, polarity=choice, polarity_confidence=float(row.max()))
    result = []
    for text, found, row in zip(texts, aspects, overall, strict=True):
        signs = {opinion.polarity for opinion in found.values()}
        polarity: Polarity = "mixed" if {"pos", "neg"} <= signs else POLARITIES[int(row.argmax())]
        result.append(_judged(text, found, row, None))
        result[-1] = replace(result[-1], polarity=polarity)
    return result


def _custom(raw: dict[str, Any]) -> CustomAspect:
    return CustomAspect(tuple(raw["examples"]), tuple(tuple(row) for row in raw["vectors"]))


def _span(reading: Reading, aspect: str, length: int) -> tuple[int, int]:
    """The clause that says most of the aspect; the whole sentence where none names it."""
    best, most = (0, length), -1.0
    for clause in reading.clauses:
        values = [abs(feeling.value) for feeling in clause.feelings if feeling.aspect == aspect]
        if values and max(values) > most:
            best, most = (clause.start, clause.end), max(values)
    return best
