"""The lexicon notation, and that the files keep to it."""

import pytest

from pipeline.reviews.opinions.aspects_lexicon import (
    LANGUAGES,
    WordLexicon,
    lexicon,
    parse_lexicon,
    parse_tag,
    reading_language,
)
from pipeline.reviews.opinions.training.corpus import written_sentences


def test_a_tag_says_aspect_value_and_hint() -> None:
    assert parse_tag("fac?+^") == ("facilities", "", 0.4, True)
    assert parse_tag("-") == ("", "", -1.0, False)
    assert parse_tag("not") == ("", "not", 0.0, False)
    assert parse_tag("skip") is None
    with pytest.raises(ValueError, match="no lexicon tag"):
        parse_tag("kitchen+")


def test_an_error_names_its_line() -> None:
    with pytest.raises(ValueError, match="line 2"):
        parse_lexicon("# a comment\n@ oops\nword")


def test_the_longest_pattern_wins_and_skip_hides() -> None:
    words = WordLexicon("en", parse_lexicon("@ clean+\nclean*\n@ skip\nclean up\n@ fac+\nvery _ bed"))
    assert [
        tag.aspect
        for cue in words.find("Cleaner! We had to clean up the very old wide bed")
        for tag in cue.tags
    ] == [
        "cleanliness",
        "facilities",
    ]


def test_a_phrase_does_not_cross_a_comma() -> None:
    words = WordLexicon("en", parse_lexicon("@ host\ncheck in"))
    assert words.find("check-in")
    assert not words.find("check, in")


def test_accents_and_umlauts_may_be_missing() -> None:
    assert [cue.tags for cue in lexicon("fr").find("tres propre")] == [
        cue.tags for cue in lexicon("fr").find("très propre")
    ]
    assert [cue.tags for cue in lexicon("de").find("schoen")] == [
        cue.tags for cue in lexicon("de").find("schön")
    ]


def test_korean_patterns_do_not_cross_words_from_their_middle() -> None:
    found = {tag.aspect for cue in lexicon("ko").find("이동이 불편") for tag in cue.tags}
    assert "facilities" not in found, "이불 (blanket) is no word of this"


@pytest.mark.parametrize("language", [*LANGUAGES, "latin"])
def test_every_lexicon_is_read(language: str) -> None:
    assert lexicon(language).find("wifi")


def test_the_script_comes_before_the_language() -> None:
    assert [reading_language("방", "en"), reading_language("かな", "zh"), reading_language("房间", "en")] == [
        "ko",
        "ja",
        "zh",
    ]
    assert [reading_language("bed", c) for c in ("de-AT", "it", "ko")] == ["de", "latin", "en"]


def test_written_sentences_cover_every_language_and_label() -> None:
    rows = written_sentences()
    assert {row.language for row in rows} == set(LANGUAGES)
    assert {row.polarity for row in rows} == {"pos", "neg", "mixed", "neutral"}
