"""Where guests say otherwise than the host's description, the amenities, the platform's tags and its stars."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pipeline.reviews.opinions import WORTH, AspectOpinionLike, OpinionsLike
from pipeline.reviews.report.quotes import best_quotes
from pipeline.reviews.report.report_records import AspectSummary, Contradiction
from pipeline.reviews.text import Sentences, clean_text, concepts_of, guess_language, split_text
from scrapers.listing import Listing

_QUOTES: Final = 3
#: fewer guests who disagree may be one bad day
_LEAST_REVIEWS: Final = 2
_LEAST_SHARE: Final = 0.4
#: stars are high by habit: from here on they praise, below the other they warn
_PRAISING_STARS: Final = 4.6
_WARNING_STARS: Final = 4.3
_GOOD_SCORE: Final = 0.9
_POOR_SCORE: Final = 0.65

#: what a host promises: things of the glossary that guests judge; the words that make it a promise in English
_PROMISES: Final[dict[str, re.Pattern[str]]] = {
    "wifi internet": re.compile(r"\bwi-?fi\b|\binternet\b|\bethernet\b", re.IGNORECASE),
    "air conditioning": re.compile(r"\bair[- ]?con|\ba/?c\b|\bac unit", re.IGNORECASE),
    "heating": re.compile(r"\bheating\b|\bheater\b|\bradiator", re.IGNORECASE),
    "lift elevator": re.compile(r"\belevator\b|\blift\b", re.IGNORECASE),
    "kitchen": re.compile(r"\bkitchen", re.IGNORECASE),
    "washing machine laundry": re.compile(
        r"\bwasher\b|\bwashing machine\b|\blaundry\b|\bdryer\b", re.IGNORECASE
    ),
    "parking car": re.compile(r"\bparking\b|\bcar ?park\b|\bgarage\b", re.IGNORECASE),
    "swimming pool": re.compile(r"\bpool\b", re.IGNORECASE),
    "gym": re.compile(r"\bgym\b|\bfitness\b", re.IGNORECASE),
    "hot water": re.compile(r"\bhot water\b|\bhot shower", re.IGNORECASE),
    "television": re.compile(r"\btv\b|\bnetflix\b|\bhdtv\b", re.IGNORECASE),
    "breakfast": re.compile(r"\bbreakfast\b", re.IGNORECASE),
    "towels": re.compile(r"\btowels?\b", re.IGNORECASE),
    "bed": re.compile(
        r"\b(?:comfortable|comfy|king|queen|hotel|soft)\b[^.]{0,20}\b(?:beds?|mattress)", re.IGNORECASE
    ),
    "view": re.compile(r"\bviews?\b", re.IGNORECASE),
    "balcony terrace": re.compile(r"\bbalcon|\bterrace\b|\bpatio\b", re.IGNORECASE),
    "quiet": re.compile(
        r"\bquiet|\bpeaceful|\btranquil|\bserene|\bsilent|\bcalm\b|\bsound ?proof", re.IGNORECASE
    ),
    "clean": re.compile(r"\bclean\b|\bspotless|\bhygien|\bimmaculate|\bsaniti[sz]ed", re.IGNORECASE),
    "big spacious": re.compile(r"\bspacious|\broomy\b|\blarge room|\bplenty of (?:space|room)", re.IGNORECASE),
    "near": re.compile(
        r"\bcentral(?:ly)?\b|\bclose to\b|\bsteps (?:from|away)|\bmins? walk|\bwalking distance", re.IGNORECASE
    ),
    "friendly kind": re.compile(r"\b24/7\b|\bfriendly (?:host|staff|team)|\bresponsive\b", re.IGNORECASE),
}
#: promises that guests deny by speaking badly of an aspect
_ASPECT_OF: Final[dict[str, str]] = {
    "quiet": "noise",
    "clean": "cleanliness",
    "near": "location",
    "friendly kind": "host",
}
#: what bears a thing's name and is another: a kettle is not the shower
_OTHER_THINGS: Final[dict[str, re.Pattern[str]]] = {
    "hot water": re.compile(
        r"\bkettle|\btea\b|\bcoffee|\bdispenser|\bdrinking|\bflask|\bthermos|\bpool\b|\bcook", re.IGNORECASE
    ),
    "swimming pool": re.compile(r"\bpool table|\bcar ?pool|\bbilliard", re.IGNORECASE),
    "heating": re.compile(r"\bwater heat|\bheater for the (?:water|shower)", re.IGNORECASE),
    "lift elevator": re.compile(
        r"\b(?:gave|give|offered|got) \w+ a lift|\blift(?:ed|ing)? (?:us|me|our|my)\b", re.IGNORECASE
    ),
    "view": re.compile(r"\b(?:in my|point of) view|\bviewing|\breview", re.IGNORECASE),
    "bed": re.compile(r"\bsofa ?bed|\bbed ?bugs?|\bbed ?(?:sheets?|linen|side|room|frame)", re.IGNORECASE),
    "parking car": re.compile(r"\bstreet parking|\bpark(?:ing)? on the street", re.IGNORECASE),
    "kitchen": re.compile(r"\bkitchen (?:knife|knives|towel|paper)", re.IGNORECASE),
    "television": re.compile(r"\btv (?:stand|table)", re.IGNORECASE),
}
#: things that, said alone, deny a promise ("small" against "spacious")
_OPPOSITE: Final[dict[str, str]] = {"big spacious": "small"}
_STARS: Final[dict[str, tuple[str, ...]]] = {
    "cleanliness": ("cleanliness",),
    "location": ("location",),
    "value": ("price",),
    "communication": ("host",),
    "checkin": ("host",),
    "check-in": ("host",),
    "accuracy": ("facilities",),
}
_TAG_ASPECTS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("cleanliness", re.compile(r"clean|spotless", re.IGNORECASE)),
    ("noise", re.compile(r"quiet|noise|peaceful", re.IGNORECASE)),
    ("location", re.compile(r"location|walkab|neighbou?rhood|view|transit", re.IGNORECASE)),
    ("price", re.compile(r"value|price", re.IGNORECASE)),
    ("host", re.compile(r"host|communication|check-?in|responsive|hospitality", re.IGNORECASE)),
    (
        "facilities",
        re.compile(r"amenit|comfort|bed|kitchen|bathroom|spac|accura|decor|parking|pool", re.IGNORECASE),
    ),
)


def find_contradictions(
    listing: Listing,
    sentences: Sentences,
    opinions: Sequence[OpinionsLike],
    aspects: Sequence[AspectSummary],
) -> tuple[Contradiction, ...]:
    """Claims that at least two guests deny, and not many fewer than agree; the most denied first."""
    found = [
        *_broken_promises(listing, sentences, opinions),
        *_tags(listing, aspects),
        *_stars(listing, aspects),
    ]
    return tuple(sorted(found, key=lambda item: (-item.disagreeing, item.source, item.about, item.claim)))


def _promises(listing: Listing) -> Iterator[tuple[str, str, str]]:
    """Source, sentence or amenity, and the thing that it promises; each thing once."""
    seen: set[str] = set()
    description = listing.description or ""
    claims = [("description", clean_text(description[a:b])) for a, b in split_text(description)]
    claims += [("amenities", amenity) for amenity in listing.amenities or ()]
    for source, claim in claims:
        things = [thing for thing, pattern in _PROMISES.items() if pattern.search(claim)]
        if not things and guess_language(claim) != "en":
            things = [thing for thing in concepts_of(claim, guess_language(claim)) if thing in _PROMISES]
        for thing in things:
            if thing not in seen and not re.search(r"\bno\b|\bnot\b|n't\b|\bwithout\b", claim, re.IGNORECASE):
                seen.add(thing)
                yield source, claim, thing


def _broken_promises(
    listing: Listing, sentences: Sentences, opinions: Sequence[OpinionsLike]
) -> Iterator[Contradiction]:
    promises = list(_promises(listing))
    if not promises:
        return
    concepts = [_things(row.text, row.language) for row in sentences]
    for source, claim, thing in promises:
        for_it, against = set[str](), set[str]()
        rows: list[tuple[int, float]] = []
        for index, (row, opinion, things) in enumerate(zip(sentences, opinions, concepts, strict=True)):
            judged = None if row.automated else _judged(thing, opinion, things, row.text)
            worth = WORTH.get(judged.polarity) if judged else None
            if judged and worth == 1:
                for_it.add(row.review_id)
            elif judged and worth == 0:
                against.add(row.review_id)
                rows.append((index, judged.polarity_confidence / max(len(things), 1)))
        if len(against) >= _LEAST_REVIEWS and len(against) >= _LEAST_SHARE * (len(for_it) + len(against)):
            yield Contradiction.model_validate(
                {
                    "source": source,
                    "claim": claim,
                    "about": thing,
                    "agreeing": len(for_it),
                    "disagreeing": len(against),
                    "quotes": best_quotes(sentences, rows, _QUOTES),
                }
            )


def _things(text: str, language: str) -> frozenset[str]:
    """Things of :data:`_PROMISES` (and their opposites) that a guest's sentence is about."""
    if language in ("en", "und"):
        found = {thing for thing, pattern in _PROMISES.items() if pattern.search(text)}
        if re.search(r"\bbed\b|\bmattress", text, re.IGNORECASE):
            found.add("bed")
        if re.search(r"\b(?:small|tiny|cramped)\b", text, re.IGNORECASE):
            found.add("small")
        return frozenset(found)
    return frozenset(concepts_of(text, language))


def _judged(
    thing: str, opinion: OpinionsLike, things: frozenset[str], text: str
) -> AspectOpinionLike | OpinionsLike | None:
    """What the sentence feels about the thing, ``None`` where it judges nothing or something else."""
    if thing in _ASPECT_OF:
        return opinion.aspects.get(_ASPECT_OF[thing])
    if thing not in things and _OPPOSITE.get(thing) not in things:
        return None
    if thing in _OTHER_THINGS and _OTHER_THINGS[thing].search(text):
        return None
    own = opinion.aspects.get("facilities") or opinion.aspects.get("location")
    if own is None:
        return opinion
    return own if _same_clause(thing, own, text) else None


def _same_clause(thing: str, own: AspectOpinionLike, text: str) -> bool:
    """Whether the clause that was judged names the thing; where nobody can tell where it stands, yes."""
    start, end = getattr(own, "span", (0, len(text)))
    places = [match.start() for match in _PROMISES[thing].finditer(text)] if thing in _PROMISES else []
    return not places or any(start <= place < end for place in places)


def _tags(listing: Listing, aspects: Sequence[AspectSummary]) -> Iterator[Contradiction]:
    """Tags count praise; where guests' sentences mostly blame, the two do not fit."""
    by_name = {own.aspect: own for own in aspects}
    for tag in listing.review_tags or ():
        aspect = next((name for name, pattern in _TAG_ASPECTS if pattern.search(tag.name)), None)
        own = by_name.get(aspect or "")
        if own is not None and own.score is not None and own.score.high < _POOR_SCORE:
            claim = tag.name if tag.count is None else f"{tag.name} ({tag.count})"
            yield _against("tag", claim, own)


def _stars(listing: Listing, aspects: Sequence[AspectSummary]) -> Iterator[Contradiction]:
    by_name = {own.aspect: own for own in aspects}
    for category, stars in sorted((listing.category_ratings or {}).items()):
        for aspect in _STARS.get(category.casefold().replace("_", "").replace(" ", ""), ()):
            own = by_name.get(aspect)
            if own is None or own.score is None:
                continue
            too_high = stars >= _PRAISING_STARS and own.score.high < _POOR_SCORE
            too_low = stars <= _WARNING_STARS and own.score.low > _GOOD_SCORE
            if too_high or too_low:
                yield _against("stars", f"{category} {stars:g}", own, praised=too_low)


def _against(source: str, claim: str, own: AspectSummary, *, praised: bool = False) -> Contradiction:
    judging = own.positive + own.negative + own.mixed
    share = own.positive / max(judging, 1)
    agreeing = round(own.reviews * share)
    if praised:
        agreeing = own.reviews - agreeing
    return Contradiction.model_validate(
        {
            "source": source,
            "claim": claim,
            "about": own.aspect,
            "agreeing": agreeing,
            "disagreeing": own.reviews - agreeing,
            "quotes": own.supporting if praised else own.critical,
        }
    )
