"""Listings and cities side by side: significance is told, texts are never obeyed, charts need some matter."""

from __future__ import annotations

from dashboard.data.review_data import topic_periods
from dashboard.markup import charts, city_markup, compare_markup, radar_markup
from dashboard.markup.aspect_markup import special_list
from pipeline.reviews.report import Worth, rank
from pipeline.reviews.report.compare import (
    AspectCell,
    AspectDifference,
    AspectRow,
    Comparison,
    SharedTopic,
    TopicRef,
)
from pipeline.reviews.report.report import (
    Counts,
    Keyword,
    MapPoint,
    ReviewReport,
    TopicSummary,
    summarise_ratings,
)
from pipeline.reviews.report.report_records import PeriodCount, Score, Special, TopicMerge

TITLES = {"a": "Loft <b>", "b": "Villa"}
GOOD, POOR = Score(value=0.9, low=0.8, high=0.95, weight=40), Score(value=0.4, low=0.3, high=0.5, weight=40)


def comparison(*, significant: bool = True) -> Comparison:
    cells = (
        AspectCell(listing="a", share=0.5, score=GOOD),
        AspectCell(listing="b", share=0.25, score=POOR),
    )
    gap = AspectDifference(
        aspect="noise", better="a", worse="b", gap=0.5, p_value=0.001, significant=significant
    )
    members = tuple(TopicRef(listing=name, topic=0, label="Tram · night", share=0.2) for name in "ab")
    return Comparison(
        listings=("a", "b"),
        aspects=(AspectRow(aspect="noise", cells=cells),),
        differences=(gap,),
        shared=(SharedTopic(label="Tram · night", members=members),),
        distinguishing=(TopicRef(listing="b", topic=1, label="Pool <i>", share=0.1),),
    )


def test_titles_and_labels_stay_text() -> None:
    found = comparison()
    head = compare_markup.Head("Loft <b>", "overview?listing=a", None)
    body = compare_markup.wide_table([head], []) + compare_markup.topics_alone(found.distinguishing, "b")
    assert "Loft &lt;b&gt;" in body
    assert "Pool &lt;i&gt;" in body


def test_a_rank_says_why_and_whether_it_may_be_chance() -> None:
    worths = {
        "a": {"noise": Worth(0.9, 0.02, "90")},
        "b": {"noise": Worth(0.4, 0.02, "40"), "host": Worth(1, 0, "99")},
    }
    ranks = rank(worths, {"noise": 3, "host": 1})
    told = {name: {key: one.told for key, one in own.items()} for name, own in worths.items()}
    body = compare_markup.ranking(ranks, TITLES, told, {"b": "Vermin"})
    assert "Ahead by quiet (90); nothing known of host." in body
    assert "Behind by quiet (40)." in body
    assert body.count("Deal-breaker: vermin") == 1
    assert ranks[0].ahead is ("more than chance" in compare_markup.chance_words(ranks, TITLES))


def test_bars_of_shared_topics_are_on_one_scale() -> None:
    small = tuple(TopicRef(listing=name, topic=2, label="Pool", share=0.05) for name in "ab")
    found = comparison()
    body = compare_markup.shared_topics(
        (*found.shared, SharedTopic(label="Pool", members=small)), found, TITLES
    )
    assert body.count("width:100.0%") == 2 and body.count("width:25.0%") == 2


def test_radars_need_three_aspects_and_tell_their_values() -> None:
    found = comparison()
    assert radar_markup.radars(found, TITLES) is None
    rows = tuple(found.aspects[0].model_copy(update={"aspect": name}) for name in ("noise", "host", "price"))
    body = radar_markup.radars(found.model_copy(update={"aspects": rows}), TITLES)
    assert body is not None and 'aria-label="Villa: noise 40, host 40, price 40"' in body


def test_shared_topics_and_topics_of_one_alone() -> None:
    found = comparison()
    assert compare_markup.shared_topics(found.shared, found, TITLES).count("20 %") == 2
    assert "share no topic" in compare_markup.shared_topics((), found, TITLES)
    assert "Nothing that the others" in compare_markup.topics_alone(found.distinguishing, "a")


def test_what_is_special_says_which_way() -> None:
    found = (
        Special(kind="score", name="noise", here=0.35, elsewhere=0.74, p_value=0.01),
        Special(kind="mentions", name="price", here=0.3, elsewhere=0.1, p_value=0.01),
        Special(kind="word", name="sauna <x>", here=0.2, elsewhere=0.01, p_value=0.01),
    )
    body = special_list(found)
    assert "worse</em>: 35 of 100 here, 74 elsewhere" in body
    assert "more often: in 30 % of reviews here, 10 % elsewhere" in body
    assert "sauna &lt;x&gt;" in body


def test_a_city_shows_who_is_not_judged() -> None:
    body = city_markup.score_table(["noise"], {"Here": {"noise": (GOOD, 12)}, "Singapore": {}})
    assert "12 reviews" in body
    assert "nobody judges it" in body


def report(periods: int = 6) -> ReviewReport:
    def topic(number: int) -> TopicSummary:
        return TopicSummary(
            id=number,
            label=f"Topic {number}",
            sentences=10,
            share=0.2,
            reviews=10,
            mean_rating=None,
            keywords=(Keyword(word="w", weight=1.0),),
            languages={"en": 10},
            representatives=(),
            over_time=tuple(
                PeriodCount(period=f"{2020 + p // 4}-Q{p % 4 + 1}", reviews=5, of=10) for p in range(periods)
            ),
        )

    points = [
        MapPoint(x=0, y=0, topic=-1, review_id="1", text="So laut", language="de", polarity="neg"),
        MapPoint(x=1, y=0, topic=0, review_id="2", text="Nice", language="en", polarity="pos"),
        MapPoint(x=0, y=1, topic=1, review_id="3", text="깨끗", language="ko", translation="Clean"),
    ]
    return ReviewReport(
        status="ok",
        counts=Counts(reviews=30, reviews_without_words=0, sentences=3, languages={"de": 1, "en": 1, "ko": 1}),
        ratings=summarise_ratings([]),
        topics=tuple(topic(number) for number in range(3)),
        map=tuple(points),
        hierarchy=(TopicMerge(left=0, right=2, distance=0.2), TopicMerge(left=1, right=3, distance=0.5)),
        seed=0,
    )


def test_the_map_can_be_coloured_by_topic_feeling_and_language() -> None:
    def names(colour: str) -> set[str]:
        return {trace.name for trace in charts.sentence_map(report(), colour).data}

    assert names("Topic") == {"Topic 0", "Topic 1", "No topic"}
    assert names("Feeling") == {"Praise", "Criticism"}
    assert names("Language") == {"German", "English", "Korean"}
    assert "Clean" in str(charts.sentence_map(report(), "Language").data[2].text)


def test_topics_over_time_need_some_time() -> None:
    assert charts.topics_over_time(report(periods=2)) is None
    periods, rows = topic_periods(report())
    assert periods[0] == "2020-Q1"
    assert [shares for _, shares in rows] == [[0.5] * 6] * 3
    assert topic_periods(report(periods=40))[0][0] == "2020", "years where there are many quarters"


def test_the_tree_puts_neighbours_next_to_each_other() -> None:
    figure = charts.topic_tree(report())
    assert figure is not None
    assert list(figure.layout.yaxis.ticktext) == ["Topic 1", "Topic 0", "Topic 2"]
    assert charts.topic_tree(report().model_copy(update={"hierarchy": ()})) is None


def test_a_listing_that_cannot_be_ranked_gets_no_number() -> None:
    ranks = rank({"a": {"noise": Worth(0.9, 0.0, "90")}, "b": {}}, {"noise": 1})
    body = compare_markup.ranking(ranks, {"a": "Mill", "b": "Tram"}, {}, {})
    assert 'aria-label="not ranked"' in body and body.count("sr-score") == 1
    assert compare_markup.chance_words(ranks, {"a": "Mill", "b": "Tram"}) == (
        "Only of Mill enough is known of what you weigh."
    )
