"""The bridge to English: known concepts in their order, nothing invented."""

import pytest

from pipeline.reviews.text.glossary import concepts_of, english_reading, gloss, languages


@pytest.mark.parametrize(
    ("text", "language", "english"),
    [
        ("방은 작지만 아주 깨끗해요.", "ko", ["room", "small", "clean"]),
        ("房间很干净，离地铁站很近", "zh", ["room", "clean", "station", "near"]),
        ("とても綺麗でした。駅に近いです！", "ja", ["clean", "station", "near"]),
        ("Petit mais parfaitement propre.", "fr", ["small", "but", "clean"]),
        (
            "Leider keine Klimaanlage im Schlafzimmer",
            "de",
            ["unfortunately", "no", "air conditioning", "bedroom"],
        ),
        ("La cama es muy cómoda y el baño está limpísimo", "es", ["bed", "comfortable", "bathroom", "clean"]),
        ("Posizione ottima, vicino alla metro", "it", ["location", "near", "station"]),
        ("O anfitrião respondeu rápido", "pt", ["host", "reply", "quick"]),
        ("De gastheer was erg vriendelijk", "nl", ["host", "friendly"]),
    ],
)
def test_concepts_come_in_their_order(text: str, language: str, english: list[str]) -> None:
    found = gloss(text, language)
    places = [found.find(word) for word in english]
    assert -1 not in places
    assert places == sorted(places)


def test_phrases_count_before_their_words() -> None:
    assert "hot water" in concepts_of("Pas d'eau chaude !", "fr")
    assert concepts_of("aire acondicionado", "es") == ("air conditioning",)


def test_names_in_latin_letters_stay() -> None:
    assert "MRT".casefold() in gloss("MRT에서 가까워요", "ko")


def test_nothing_known_gives_nothing_and_the_text_is_read() -> None:
    assert gloss("Xyzzy plugh.", "fr") == ""
    assert gloss("clean", "th") == ""
    assert english_reading("Xyzzy plugh.", "fr") == "Xyzzy plugh."


def test_english_and_translations_come_first() -> None:
    assert english_reading("Clean.", "en") == "Clean."
    assert english_reading("깨끗해요", "ko", "It was clean and quiet.") == "It was clean and quiet."
    assert english_reading("깨끗해요", "ko", "C'était très propre et calme.") == gloss("깨끗해요", "ko")


def test_nine_languages_are_covered() -> None:
    assert languages() == {"ko", "zh", "ja", "fr", "de", "es", "it", "pt", "nl"}
