"""Files as sites and programs export them: what they hold is read, what is not read is named."""

import json
from pathlib import Path

import pytest

from scrapers.errors import BadReviewsFile, ListingNotInFile
from scrapers.exports.columns import understand_columns
from scrapers.listing import Review
from scrapers.reviews_file import ReadReviews, ReviewsFileSource, read_reviews

Content = str | list[object] | dict[str, object]
Rows = list[tuple[str, str | None, float | None]]


def read(
    folder: Path, content: str | list[object] | dict[str, object], listing: str | None = None
) -> ReadReviews:
    path = folder / ("export.csv" if isinstance(content, str) else "export.json")
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return read_reviews(path, listing=listing)


def plain(result: ReadReviews) -> Rows:
    return [(r.text, r.date.isoformat() if r.date else None, r.rating) for r in result.reviews]


def said(result: ReadReviews) -> str:
    return "\n".join(problem.message for problem in result.problems)


BOOKING = (
    "Review date,Guest name,Reservation number,Review title,Positive review,Negative review,Review score,Staff,"
    "Cleanliness,Property reply\n"
    "2026-05-01 10:00:00,Zacharias,123,Exceptional,Close to the sea.,Nothing,10,10,10,Thanks!\n"
    "2026-05-02 10:00:00,Zoe,124,Too loud,,Street noise all night.,5,7.5,10,\n"
    "2026-05-03 10:00:00,Zoe,125,,,,8,10,10,\n"
)
HOSTAWAY = (
    "Guest name,Listing name,Channel,Type,Status,Rating,Public review,Private feedback,Submitted at\n"
    "Zoe,Blue house,airbnb,guest-to-host,published,10,Lovely and clean.,The lock sticks.,2026-05-01 22:45:14\n"
    "Zoe,Blue house,airbnb,host-to-guest,published,10,A great guest.,,2026-05-02 22:45:14\n"
    "Zed,Blue house,vrbo,guest-to-host,published,4,The shower was cold.,,2026-05-03 22:45:14\n"
)
OUTSCRAPER = (
    "query,name,place_id,rating,review_id,author_title,review_text,owner_answer,review_rating,review_timestamp,"
    "review_datetime_utc\n"
    "q,Inn,ChIJ,4.6,r1,Zoe,A great stay.,Thank you,5,1694476800,09/12/2023 00:00:00\n"
    "q,Inn,ChIJ,4.6,r2,Zed,A bad smell.,,1,1694476900,09/12/2023 00:01:40\n"
    "q,Inn,ChIJ,4.6,r3,Zed,Fine I guess.,,,1694476900,09/12/2023 00:01:40\n"
)


def test_booking_s_praise_and_criticism_keep_their_sign(tmp_path: Path) -> None:
    result = read(tmp_path, BOOKING)
    assert plain(result) == [
        ("+ Close to the sea.", "2026-05-01", 5.0),
        ("Too loud\n- Street noise all night.", "2026-05-02", 2.5),
    ]
    assert result.reviews[0].response == "Thanks!"
    assert "1 reviews without text" in said(result)


def test_a_host_s_reviews_of_guests_and_private_words_are_not_read(tmp_path: Path) -> None:
    result = read(tmp_path, HOSTAWAY)
    assert plain(result) == [
        ("Lovely and clean.", "2026-05-01", 5.0),
        ("The shower was cold.", "2026-05-03", 2.0),
    ]
    assert "lock" not in "".join(review.model_dump_json() for review in result.reviews)
    assert "1 reviews by the host" in said(result)
    assert "not meant for the public" in said(result)


def test_the_average_of_the_place_is_nobody_s_stars(tmp_path: Path) -> None:
    assert plain(read(tmp_path, OUTSCRAPER)) == [
        ("A great stay.", "2023-09-12", 5.0),
        ("A bad smell.", "2023-09-12", 1.0),
        ("Fine I guess.", "2023-09-12", None),
    ]


GOOGLE_ACTOR = {
    **{"title": "Inn", "reviewId": "a", "name": "Zoe", "text": "Sehr schön.", "textTranslated": "Very nice."},
    **{"publishAt": "3 weeks ago", "publishedAtDate": "2026-05-01T10:00:00.000Z", "stars": 4, "rating": None},
    **{"originalLanguage": "de", "responseFromOwnerText": "Danke.", "totalScore": 4.5, "reviewsCount": 120},
}
TAKEOUT = {
    "reviewer": {"displayName": "Zoe"},
    "starRating": "FOUR",
    "comment": "Sehr schön.",
    "createTime": "2026-05-01T10:00:00.123Z",
    "reviewReply": {"comment": "Danke.", "updateTime": "2026-05-02T00:00:00Z"},
    "name": "accounts/1/locations/2/reviews/3",
}
VRBO = {
    **{"id": "a", "text": "Sehr schön.", "submissionTimeLocalized": "May 1, 2026"},
    **{"reviewScoreWithDescription": {"label": "8 out of 10", "value": "8/10 Good"}},
    **{
        "reviewAuthorAttribution": {"text": "Zoe"},
        "managementResponses": [{"header": "x", "response": "Danke."}],
    },
}
AIRBNB_ACTOR = {
    **{
        "id": "a",
        "comments": "Sehr schön.",
        "createdAt": "2026-05-01T10:00:00Z",
        "language": "de",
        "rating": 4,
    },
    **{"response": "Danke.", "localizedDate": "May 2026", "reviewer": {"firstName": "Zoe", "id": "3"}},
    **{"startUrl": "https://www.airbnb.com/rooms/1?x=1", "collectionTag": None, "localizedReview": None},
}


@pytest.mark.parametrize(
    "document",
    [
        [GOOGLE_ACTOR],
        {"reviews": [TAKEOUT], "averageRating": 4, "totalReviewCount": 1},
        {"data": {"propertyReviewSummaries": {"reviews": [VRBO]}}},
        [AIRBNB_ACTOR],
    ],
    ids=["google-actor", "takeout", "vrbo", "airbnb-actor"],
)
def test_known_shapes_of_json_say_the_same(tmp_path: Path, document: list[object] | dict[str, object]) -> None:
    result = read(tmp_path, document)
    assert plain(result) == [("Sehr schön.", "2026-05-01", 4.0)]
    assert result.reviews[0].response == "Danke."
    assert "Zoe" not in result.reviews[0].model_dump_json()


HEADINGS = [
    ("Date", "Commentaire", "Note"),
    ("Datum", "Bewertung", "Sterne"),
    ("Datum", "Kommentar", "Bewertung"),
    ("Fecha", "Reseña", "Puntuación"),
    ("Data", "Recensione", "Valutazione"),
    ("Data", "Avaliação", "Nota"),
    ("Datum", "Beoordeling", "Cijfer"),
    ("작성일", "후기", "별점"),
    ("投稿日", "口コミ", "評価"),
    ("日期", "評論", "評分"),
    ("Review date", "Public review", "Overall rating"),
]


@pytest.mark.parametrize("heading", HEADINGS, ids=[" ".join(heading) for heading in HEADINGS])
def test_headings_of_ten_languages(tmp_path: Path, heading: tuple[str, str, str]) -> None:
    lines = [";".join(heading), "2026-05-01;An invented, quiet flat.;5", "2026-05-02;Loud;2"]
    result = read(tmp_path, "\n".join(lines))
    assert plain(result) == [("An invented, quiet flat.", "2026-05-01", 5.0), ("Loud", "2026-05-02", 2.0)]
    assert result.problems == ()


def test_columns_that_were_not_understood_are_named(tmp_path: Path) -> None:
    result = read(tmp_path, "Review,Weather,Guest name\nFine and clean,sunny,Zoe\n")
    assert "not understood, so not read: 'Weather'" in said(result)


def test_a_column_without_a_heading_is_read_line_by_line(tmp_path: Path) -> None:
    result = read(tmp_path, 'Great place, very clean and quiet\nNoisy, cold\n"Loved it, all of it"\n')
    assert [row[0] for row in plain(result)] == [
        "Great place, very clean and quiet",
        "Noisy, cold",
        "Loved it, all of it",
    ]
    table = read(tmp_path, "2026-05-01,A great and clean place,5\n2026-05-03,Noisy at night by the bar,2\n")
    assert plain(table)[0] == ("A great and clean place", "2026-05-01", None), "no number is taken for stars"


def test_remarks_before_the_heading_are_passed_over(tmp_path: Path) -> None:
    result = read(tmp_path, "My export\nof all reviews\n\nDate,Review,Rating\n2026-05-01,Lovely place,5\n")
    assert plain(result) == [("Lovely place", "2026-05-01", 5.0)]


def test_one_listing_of_several_can_be_chosen(tmp_path: Path) -> None:
    content = "Listing name,Review\nBlue house,Lovely\nRed house,Dull\nBlue house,Fine\n"
    with pytest.raises(BadReviewsFile, match=r"Blue house \(2\), Red house \(1\)"):
        read(tmp_path, content)
    assert [row[0] for row in plain(read(tmp_path, content, "blue house"))] == ["Lovely", "Fine"]
    with pytest.raises(ListingNotInFile, match="It holds: Blue house"):
        read(tmp_path, content, "Green house")
    chosen = ReviewsFileSource(tmp_path / "export.csv", listing="Red house")
    assert (chosen.collect(tmp_path).title, len(chosen.collect(tmp_path).reviews)) == ("Red house", 1)


@pytest.mark.parametrize(
    ("heading", "kind"),
    [("listing_id,date", "summary of reviews"), ("id,name,room_type,neighbourhood,price", "file of listings")],
)
def test_a_file_of_inside_airbnb_without_texts_is_told_by_name(tmp_path: Path, heading: str, kind: str) -> None:
    with pytest.raises(BadReviewsFile, match=kind):
        read(tmp_path, f"{heading}\n" + ",".join(["7"] * len(heading.split(","))) + "\n")


def test_months_and_times_ago_are_dates(tmp_path: Path) -> None:
    rows: list[object] = [
        {"date": "November 2025", "text": "a"},
        {"date": "3 weeks ago", "text": "b", "scrapedAt": "2026-09-15"},
    ]
    reviews = read(tmp_path, rows).reviews
    assert [_dated(review) for review in reviews] == [("2025-11-01", "month"), ("2026-08-25", "week")]


def _dated(review: Review) -> tuple[str, str]:
    return str(review.date), review.date_precision


def test_the_same_name_means_what_the_cells_are() -> None:
    texts = understand_columns(["Bewertung"], {"Bewertung": ["Sehr sauber und ruhig", "Laut"]})
    assert dict(texts.of) == {"text": ("Bewertung",)}
    both = understand_columns(
        ["Bewertung", "Kommentar"], {"Bewertung": ["5", "2"], "Kommentar": ["Sehr sauber und ruhig", "Laut"]}
    )
    assert dict(both.of) == {"text": ("Kommentar",), "rating": ("Bewertung",)}


@pytest.mark.parametrize("heading", ["Review\tDate\tRating\n", ""])
def test_a_title_above_a_table_is_no_review_and_no_column(tmp_path: Path, heading: str) -> None:
    rows = "A quiet flat with a view\t2026-05-01\t5\nToo loud at night for us\t2026-05-02\t2\n"
    (tmp_path / "reviews.tsv").write_text(f"My reviews\n\n{heading}{rows}", encoding="utf-8")
    found = plain(read_reviews(tmp_path / "reviews.tsv"))
    assert [row[:2] for row in found] == [
        ("A quiet flat with a view", "2026-05-01"),
        ("Too loud at night for us", "2026-05-02"),
    ]


def test_a_heading_that_comes_again_is_no_review(tmp_path: Path) -> None:
    table = "Review,Date\nA quiet flat.,2026-05-01\n"
    assert plain(read(tmp_path, table + table.replace("quiet", "loud"))) == [
        ("A quiet flat.", "2026-05-01", None),
        ("A loud flat.", "2026-05-01", None),
    ]


def test_reviews_in_what_pyairbnb_writes_are_read_without_names(tmp_path: Path) -> None:
    rows = [
        {
            **{"id": "1", "comments": "Quiet and clean.<br/>We will be back.", "language": "en", "rating": 5},
            **{"createdAt": "2026-05-01T10:00:00Z", "localizedDate": "May 2026", "response": "Thanks!"},
            "reviewer": {"firstName": "Zoe", "id": "9", "deleted": False},
            "localizedReview": None,
        },
        {
            **{"id": "2", "comments": "Loud.", "language": "en", "rating": 2, "response": None},
            **{"createdAt": "2026-04-01T10:00:00Z", "reviewer": {"firstName": "Zed", "id": "8"}},
        },
    ]
    whole = {
        **{
            "room_type": "Entire home/apt",
            "rating": {"accuracy": 4.9, "review_count": "2"},
            "host": {"name": "Zoe"},
        },
        "amenities": [{"title": "Bathroom", "values": [{"title": "Hair dryer", "available": True}]}],
        "images": [{"title": "Bedroom image 1", "url": "https://a0.muscache.com/im/1.jpg"}],
        **{"reviews": rows, "calendar": [{"month": 5, "days": [{"calendarDate": "2026-05-01"}]}]},
    }
    for content in (rows, whole):
        result = read(tmp_path, content)
        assert plain(result) == [
            ("Quiet and clean.\nWe will be back.", "2026-05-01", 5.0),
            ("Loud.", "2026-04-01", 2.0),
        ]
        assert result.reviews[0].response == "Thanks!" and "Zoe" not in repr(result.reviews)
