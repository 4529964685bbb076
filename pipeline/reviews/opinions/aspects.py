"""What does each sentence speak of, and does it praise or blame it?

::

    model = AspectModel.default().with_aspect("pets", ["dog", "cat", "They let our puppy run in the garden."])
    opinions = model.predict(sentences.rows, embeddings.vectors)
"""

import json
from collections.abc import Iterator, Mapping, Sequence
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
from pipeline.reviews.opinions.sentiment import POLARITIES, Polarity

OPINIONS_FILE: Final = "opinions.parquet"
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
class AspectOpinion:
    """What a sentence says of one aspect.

    Attributes:
        polarity: of what it says.
        confidence: calibrated probability that the sentence speaks of the aspect at all.
        polarity_confidence: probability of that polarity.
        span: start and end, in characters of the sentence, of the clause that says so.
    """

    polarity: Polarity
    confidence: float
    polarity_confidence: float
    span: tuple[int, int]


@dataclass(frozen=True)
class SentenceOpinion:
    """What a sentence says.

    Attributes:
        aspects: by name; none for empty praise and small talk.
        polarity: of the sentence as a whole.
        polarity_confidence: probability of that polarity.
        score: probability of good minus that of bad, in [-1, 1]: its sign tells good from bad in any case.
    """

    aspects: Mapping[str, AspectOpinion]
    polarity: Polarity
    polarity_confidence: float
    score: float


@dataclass(frozen=True)
class Opinions:
    """One opinion per sentence, in their order; ``aspects`` are the names that were looked for."""

    rows: tuple[SentenceOpinion, ...]
    aspects: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[SentenceOpinion]:
        return iter(self.rows)

    def save(self, folder: Path) -> None:
        """Write ``opinions.parquet`` into ``folder``."""
        import pandas as pd

        folder.mkdir(parents=True, exist_ok=True)
        found = [{name: asdict(opinion) for name, opinion in row.aspects.items()} for row in self.rows]
        frame = pd.DataFrame(
            {
                "polarity": [row.polarity for row in self.rows],
                "polarity_confidence": np.array(
                    [row.polarity_confidence for row in self.rows], dtype=np.float64
                ),
                "score": np.array([row.score for row in self.rows], dtype=np.float64),
                "aspects": [json.dumps(opinions, ensure_ascii=False) for opinions in found],
            }
        )
        frame.attrs["aspects"] = list(self.aspects)
        frame.to_parquet(folder / OPINIONS_FILE)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote."""
        import pandas as pd

        frame = pd.read_parquet(folder / OPINIONS_FILE)
        columns = (frame[name] for name in ("aspects", "polarity", "polarity_confidence", "score"))
        rows = [
            SentenceOpinion(
                {name: _opinion(raw) for name, raw in json.loads(aspects).items()},
                polarity,
                float(confidence),
                float(score),
            )
            for aspects, polarity, confidence, score in zip(*columns, strict=True)
        ]
        return cls(tuple(rows), tuple(frame.attrs["aspects"]))


def _opinion(raw: dict[str, Any]) -> AspectOpinion:
    start, end = raw["span"]
    return AspectOpinion(raw["polarity"], raw["confidence"], raw["polarity_confidence"], (start, end))


@dataclass(frozen=True)
class AspectModel:
    """Which aspects to look for; every change gives a new model.

    Attributes:
        sources: by the name shown, either the built-in aspect that it stands for or the user's examples.
        threshold: least confidence of an aspect.
    """

    sources: Mapping[str, str | CustomAspect]
    threshold: float = 0.5
    weights: Weights = field(default_factory=default_weights, repr=False, compare=False)

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
            vectors: of the bundled MiniLM, one per sentence; only those of English sentences are used, except
                for users' own aspects. Vectors of other encoders must not be given.
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
        batch = Batch.read(sentences, vectors, self.weights)
        overall = batch.overall(self.weights)
        found: list[_Found] = [{} for _ in sentences]
        for name, source in self.sources.items():
            if isinstance(source, str):
                confidences = batch.confidences(source, self.weights)
                for index in np.flatnonzero(confidences >= self.threshold).tolist():
                    found[index][name] = (float(confidences[index]), batch.readings[index], source)
            else:
                self._add_custom(name, source, batch, vectors, found)
        opinions = self._aspect_opinions(batch, found)
        return [
            SentenceOpinion(aspects, POLARITIES[int(row.argmax())], float(row.max()), float(row[0] - row[1]))
            for aspects, row in zip(opinions, overall, strict=True)
        ]

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

    def _aspect_opinions(self, batch: Batch, found: Sequence[_Found]) -> list[dict[str, AspectOpinion]]:
        keys = [(index, name) for index, aspects in enumerate(found) for name in aspects]
        opinions: list[dict[str, AspectOpinion]] = [{} for _ in found]
        if not keys:
            return opinions
        named = [found[index][name] for index, name in keys]
        felt = batch.aspect_polarities(
            [index for index, _ in keys],
            [aspect for _, _, aspect in named],
            [reading for _, reading, _ in named],
            np.array([len(found[index]) == 1 for index, _ in keys]),
            self.weights,
        )
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
    for found, row in zip(aspects, overall, strict=True):
        signs = {opinion.polarity for opinion in found.values()}
        polarity: Polarity = "mixed" if {"pos", "neg"} <= signs else POLARITIES[int(row.argmax())]
        result.append(SentenceOpinion(found, polarity, float(row.max()), float(row[0] - row[1])))
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
