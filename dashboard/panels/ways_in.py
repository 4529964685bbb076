"""Ways to bring a listing in: an address first, one drop zone, then a folder of this computer and the demo."""

from __future__ import annotations

import streamlit as st

from dashboard import formatting
from dashboard.admission import listens_beyond, why_not
from dashboard.data import Told, Upload, UploadRefused, is_photo, keep_rooms, save, understood
from dashboard.markup import markup
from dashboard.panels import regrouping, ui
from dashboard.words import language, mark, t, tn, told
from pipeline.jobs import submit
from pipeline.options import AnalysisOptions
from pipeline.recipe import DEMO_ORIGIN
from pipeline.rooms import backends
from scrapers.airbnb.fetch import NOTICE
from scrapers.airbnb.urls import parse_address
from scrapers.errors import CollectError

BEST_BACKEND = (mark("Best that is installed"), mark("Fast3R where its weights and a GPU are, else classical."))
LAYOUTS = {
    "auto": (mark("Best that is installed"), mark("ST-RoomNet where its weights are, else by lines.")),
    "geometric": (
        mark("By lines"),
        mark("Vanishing points and edges tell walls, floor and ceiling: no network."),
    ),
    "st_roomnet": ("ST-RoomNet", mark("Needs its weights; takes every room for one box.")),
}
RULES = {
    "gain": (
        mark("What shows most"),
        mark("Any number of photos: the views that show most of what is missing."),
    ),
    "original": (
        mark("The first ShowRoom's rule"),
        mark("For exactly three photos: one of them, turned by 30 degrees."),
    ),
}
INPAINTERS = {
    "auto": (
        mark("Best that is installed"),
        mark("Stable Diffusion where its weights and a GPU are, else by surfaces."),
    ),
    "planar": (
        mark("By surfaces"),
        mark("Carries on the pattern of each wall, floor and ceiling: no network."),
    ),
    "diffusion": ("Stable Diffusion", mark("Needs its weights; slow without a GPU, and it may invent things.")),
    "opencv": (mark("Plain"), mark("Smooths over what is missing: quick, for comparison.")),
}
USUAL_NEW_VIEWS = AnalysisOptions().new_views
MOST_NEW_VIEWS = 24


def _backends() -> dict[str, tuple[str, str]]:
    """Those of the registry, as they offer themselves."""
    own = {name: (kind.title, kind.about) for name, kind in backends.BACKENDS.items()}
    return {backends.AUTO: BEST_BACKEND, **own}


def _begin(origin: str, options: AnalysisOptions) -> None:
    job, created = submit(ui.store(), origin, options)
    if not created:
        st.session_state["same_job"] = job.id
    st.query_params.from_dict({"job": job.id})
    st.rerun()


def _choice(label: str, choices: dict[str, tuple[str, str]], key: str, *, disabled: bool) -> str:
    """A choice with one line on what is chosen."""
    names = list(choices)
    with st.container(gap="xsmall"):
        picked = st.selectbox(
            label, names, format_func=lambda name: told(t(choices[name][0])), key=key, disabled=disabled
        )
        chosen = picked or names[0]
        ui.html(markup.note(told(t(choices[chosen][1]))))
    return chosen


def _new_views(*, disabled: bool) -> int:
    """How many views to add of what no photo shows, with one line on what that means."""
    with st.container(gap="xsmall"):
        number = st.number_input(
            t("New views for each room"),
            0,
            MOST_NEW_VIEWS,
            USUAL_NEW_VIEWS,
            key="option_new_views",
            disabled=disabled,
        )
        note = t("Of what no photo shows; fewer where less is missing, 0 switches it off.")
        ui.html(markup.note(note if number else t("Off: rooms show what the photos show.")))
    return int(number)


def _options() -> dict[str, object]:
    visible_help = t("Needs a screen on the computer that runs ShowRoom.")
    left, right = st.columns(2, gap="medium")
    rooms = left.toggle(t("Build the rooms in 3D"), value=True, key="option_rooms")
    reviews = right.toggle(t("Read the reviews"), value=True, key="option_reviews")
    with right:
        new_views = _new_views(disabled=not rooms)
        off = not (rooms and new_views)
        rule = _choice(t("How they are chosen"), RULES, "option_rule", disabled=off)
        inpainter = _choice(t("Way to fill them in"), INPAINTERS, "option_inpainter", disabled=off)
    with left:
        backend = _choice(t("Way to measure depth"), _backends(), "option_backend", disabled=not rooms)
        layout = _choice(t("Way to find the walls"), LAYOUTS, "option_layout", disabled=off)
        title = st.text_input(t("Title"), key="option_title", placeholder=t("as the source calls it"))
        seed = st.number_input(
            t("Seed"), 0, 2**32 - 1, 0, key="option_seed", help=t("Same input and seed, same report.")
        )
    return {
        "rooms": rooms,
        "reviews": reviews,
        "backend": backend,
        "layout": layout,
        "new_views": new_views,
        "view_rule": rule,
        "inpainter": inpainter,
        "seed": int(seed),
        "title": title.strip() or None,
        "visible": st.toggle(
            t("Show the browser that collects a listing"), key="airbnb_visible", help=visible_help
        ),
    }


def _why_not(path: str) -> str | None:
    beyond = listens_beyond(str(st.get_option("server.address") or ""))
    return why_not(path, ui.store().settings, beyond=beyond)


def _airbnb(chosen: dict[str, object]) -> None:
    """The first and biggest field of the page."""
    with st.form("airbnb_form", border=False), st.container(key="airbnb"):
        field, button = st.columns([5, 1], gap="small", vertical_alignment="bottom")
        address = field.text_input(
            t("Address of an Airbnb listing"), key="airbnb_url", placeholder="https://www.airbnb.com/rooms/…"
        )
        asked = button.form_submit_button(t("Look at it"), type="primary", key="start_airbnb", width="stretch")
        ui.html(markup.note(told(NOTICE)))
    if not asked:
        return
    try:
        parse_address(address)
    except CollectError as error:
        st.error(formatting.markdown_text(told(str(error))))
    else:
        _begin(address.strip(), AnalysisOptions.model_validate(chosen))


def _drop(chosen: dict[str, object]) -> None:
    """One zone for everything that lies on the visitor's computer."""
    files = st.file_uploader(
        t("Or drop what you have: photos, a reviews file, a saved listing page, a listing's ZIP"),
        accept_multiple_files=True,
        key="drop",
    )
    if not files:
        return
    uploads = [Upload(file.name, file.getvalue()) for file in files]
    room = ""
    if any(map(is_photo, uploads)):
        room = st.text_input(
            t("Name of the room"), key="drop_room", placeholder=t("Living room (may stay empty)")
        )
    settings = ui.store().settings
    try:
        saved = save(settings.uploads_folder, uploads, room)
    except UploadRefused as refusal:
        st.error(formatting.markdown_text(told(str(refusal))))
        return
    known: dict[str, Told] = st.session_state.setdefault("told", {})
    name = f"{saved.folder.parent.name} {language()}"
    if name not in known:
        known[name] = understood(saved, settings.data / "cache")
    held = known[name]
    if held.refused:
        st.error(formatting.markdown_text(told(held.refused)))
        return
    _what_they_hold(held)
    by_hand = regrouping.show(held, saved.folder.parent.name)
    if st.button(t("Look at these files"), type="primary", key="start_drop"):
        options = chosen | {"reviews_file": saved.reviews_file}
        if by_hand is not None:
            options["rooms_file"] = str(keep_rooms(saved, by_hand))
        _begin(saved.origin, AnalysisOptions.model_validate(options))


def _what_they_hold(held: Told) -> None:
    """What is understood, before the visitor decides."""
    with st.container(key="drop_told"):
        ui.html(markup.key_values(held.rows))
        if held.left_out:
            title = tn("{number} file or row left out", "{number} files and rows left out", len(held.left_out))
            with st.expander(title, key="drop_left_out"):
                ui.html(markup.key_values([(name, told(why)) for name, why in held.left_out]))


def _folder(options: dict[str, object]) -> None:
    path = st.text_input(
        t("Folder with photos, on the computer that runs ShowRoom"),
        key="folder_path",
        placeholder="/home/me/photos/flat-by-the-river",
        help=t("Sub-folders name the rooms; loose photos are one room."),
    )
    left, right = st.columns(2, gap="medium")
    reviews = left.text_input(t("Reviews file (optional)"), key="folder_reviews", placeholder="reviews.csv")
    listing = right.text_input(
        t("Listing in the reviews file (optional)"),
        key="folder_listing",
        help=t("For files of Inside Airbnb: the id."),
    )
    chosen = options | {"reviews_file": reviews.strip() or None, "listing": listing.strip() or None}
    if st.button(t("Look at the folder"), type="primary", key="start_folder"):
        refusal = _why_not(path) or _why_not(reviews)
        if not path.strip() and not reviews.strip():
            st.error(t("Give the path of a folder with photos, or of a reviews file."))
        elif refusal is not None:
            st.error(formatting.markdown_text(told(refusal)))
        else:
            _begin(path.strip() or reviews.strip(), AnalysisOptions.model_validate(chosen))


def _demo(chosen: dict[str, object]) -> None:
    text, button = st.columns([3, 1], gap="medium", vertical_alignment="center")
    with text:
        ui.html(
            markup.note(
                t(
                    "No listing at hand? Two furnished rooms and 150 reviews in five languages, all invented by"
                    " ShowRoom itself. Nothing is downloaded."
                )
            )
        )
    if button.button(t("Try the demo"), key="start_demo", width="stretch"):
        _begin(DEMO_ORIGIN, AnalysisOptions.model_validate(chosen))


def show() -> None:
    """The card; its options stand once, below, for every way in."""
    with st.container(key="start_card"):
        address, drop = st.container(), st.container()
        with st.expander(t("A folder on the computer that runs ShowRoom"), key="folder_way"):
            folder = st.container()
        with st.expander(t("Options"), key="options"):
            chosen = _options()
        with address:
            _airbnb(chosen)
        with drop:
            _drop(chosen)
        with folder:
            _folder(chosen)
        _demo(chosen)
