"""Start: choose a source, start the analysis, watch it, and find the listings that are there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import htpy as h
import streamlit as st

from dashboard import formatting
from dashboard.admission import listens_beyond, why_not
from dashboard.data import PHOTO_TYPES, REVIEW_TYPES, Upload, UploadRefused, save, services
from dashboard.markup import markup
from dashboard.panels import job_panel, ui, under_way
from pipeline.jobs import submit, worker_alive
from pipeline.options import AnalysisOptions
from pipeline.recipe import DEMO_ORIGIN
from pipeline.rooms import backends
from pipeline.store import ListingEntry
from scrapers.airbnb.fetch import NOTICE
from scrapers.airbnb.urls import parse_address
from scrapers.errors import CollectError

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

SOURCES = {"demo": "Demo listing", "folder": "Photo folder", "upload": "Upload", "airbnb": "Airbnb address"}
WORKER_COMMAND = "python -m pipeline worker"
RECENT = 9
BEST_BACKEND = ("Best that is installed", "Fast3R where its weights and a GPU are, else classical.")
LAYOUTS = {
    "auto": ("Best that is installed", "ST-RoomNet where its weights are, else by lines."),
    "geometric": ("By lines", "Vanishing points and edges tell walls, floor and ceiling: no network."),
    "st_roomnet": ("ST-RoomNet", "Needs its weights; takes every room for one box."),
}
RULES = {
    "gain": ("What shows most", "Any number of photos: the views that show most of what is missing."),
    "original": ("The first ShowRoom's rule", "For exactly three photos: one of them, turned by 30 degrees."),
}
INPAINTERS = {
    "auto": ("Best that is installed", "Stable Diffusion where its weights and a GPU are, else by surfaces."),
    "planar": ("By surfaces", "Carries on the pattern of each wall, floor and ceiling: no network."),
    "diffusion": ("Stable Diffusion", "Needs its weights; slow without a GPU, and it may invent things."),
    "opencv": ("Plain", "Smooths over what is missing: quick, for comparison."),
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
            label, names, format_func=lambda name: choices[name][0], key=key, disabled=disabled
        )
        chosen = picked or names[0]
        ui.html(markup.note(choices[chosen][1]))
    return chosen


def _new_views(*, disabled: bool) -> int:
    """How many views to add of what no photo shows, with one line on what that means."""
    with st.container(gap="xsmall"):
        number = st.number_input(
            "New views for each room",
            0,
            MOST_NEW_VIEWS,
            USUAL_NEW_VIEWS,
            key="option_new_views",
            disabled=disabled,
        )
        told = "Of what no photo shows; fewer where less is missing, 0 switches it off."
        ui.html(markup.note(told if number else "Off: rooms show what the photos show."))
    return int(number)


def _options() -> dict[str, object]:
    with st.expander("Options", key="options"):
        left, right = st.columns(2, gap="medium")
        rooms = left.toggle("Build the rooms in 3D", value=True, key="option_rooms")
        reviews = right.toggle("Read the reviews", value=True, key="option_reviews")
        with right:
            new_views = _new_views(disabled=not rooms)
            off = not (rooms and new_views)
            rule = _choice("How they are chosen", RULES, "option_rule", disabled=off)
            inpainter = _choice("Way to fill them in", INPAINTERS, "option_inpainter", disabled=off)
        with left:
            backend = _choice("Way to measure depth", _backends(), "option_backend", disabled=not rooms)
            layout = _choice("Way to find the walls", LAYOUTS, "option_layout", disabled=off)
            title = st.text_input("Title", key="option_title", placeholder="as the source calls it")
            seed = st.number_input(
                "Seed", 0, 2**32 - 1, 0, key="option_seed", help="Same input and seed, same report."
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
    }


def _uploads(files: Sequence[UploadedFile]) -> list[Upload]:
    return [Upload(file.name, file.getvalue()) for file in files]


def _demo() -> None:
    ui.html(
        h.p(".sr-prose")[
            "Two furnished rooms and 150 reviews in five languages, all invented by"
            " ShowRoom itself. Nothing is downloaded, and it shows everything that ShowRoom does."
        ]
    )
    chosen = _options()
    if st.button("Analyse the demo", type="primary", key="start_demo"):
        _begin(DEMO_ORIGIN, AnalysisOptions.model_validate(chosen))


def _why_not(path: str) -> str | None:
    beyond = listens_beyond(str(st.get_option("server.address") or ""))
    return why_not(path, ui.store().settings, beyond=beyond)


def _folder() -> None:
    path = st.text_input(
        "Folder with photos, on the computer that runs ShowRoom",
        key="folder_path",
        placeholder="/home/me/photos/flat-by-the-river",
        help="Sub-folders name the rooms; loose photos are one room.",
    )
    left, right = st.columns(2, gap="medium")
    reviews = left.text_input("Reviews file (optional)", key="folder_reviews", placeholder="reviews.csv")
    listing = right.text_input(
        "Listing in the reviews file (optional)",
        key="folder_listing",
        help="For files of Inside Airbnb: the id.",
    )
    chosen = _options() | {"reviews_file": reviews.strip() or None, "listing": listing.strip() or None}
    if st.button("Analyse the folder", type="primary", key="start_folder"):
        refusal = _why_not(path) or _why_not(reviews)
        if not path.strip() and not reviews.strip():
            st.error("Give the path of a folder with photos, or of a reviews file.")
        elif refusal is not None:
            st.error(formatting.markdown_text(refusal))
        else:
            _begin(path.strip() or reviews.strip(), AnalysisOptions.model_validate(chosen))


def _upload() -> None:
    left, right = st.columns(2, gap="medium")
    photos = left.file_uploader(
        "Photos of one room", type=list(PHOTO_TYPES), accept_multiple_files=True, key="upload_photos"
    )
    reviews = right.file_uploader("Reviews (optional)", type=list(REVIEW_TYPES), key="upload_reviews")
    room = st.text_input("Name of the room", key="upload_room", placeholder="Living room")
    chosen = _options()
    if st.button("Analyse the upload", type="primary", key="start_upload"):
        try:
            saved = save(
                ui.store().settings.uploads_folder,
                _uploads(photos),
                Upload(reviews.name, reviews.getvalue()) if reviews else None,
                room,
            )
        except UploadRefused as refusal:
            st.error(formatting.markdown_text(refusal))
            return
        file = str(saved.reviews_file) if saved.reviews_file else None
        origin = str(saved.folder) if photos or file is None else file
        reviews_file = file if photos else None
        _begin(origin, AnalysisOptions.model_validate(chosen | {"reviews_file": reviews_file}))


def _airbnb() -> None:
    address = st.text_input(
        "Address of the listing", key="airbnb_url", placeholder="https://www.airbnb.com/rooms/…"
    )
    ui.html(markup.note(NOTICE))
    visible = st.toggle(
        "Show the browser while it collects",
        key="airbnb_visible",
        help="Needs a screen on the computer that runs ShowRoom.",
    )
    chosen = _options() | {"visible": visible}
    if st.button("Collect and analyse", type="primary", key="start_airbnb"):
        try:
            parse_address(address)
        except CollectError as error:
            st.error(formatting.markdown_text(error))
        else:
            _begin(address.strip(), AnalysisOptions.model_validate(chosen))


FORMS = {"demo": _demo, "folder": _folder, "upload": _upload, "airbnb": _airbnb}


def _worker_note() -> None:
    if worker_alive(ui.store()):
        return
    with st.container(key="no_worker"):
        ui.html(
            markup.panel(
                "No worker is running",
                "Analyses wait until one is there. Start it in a terminal, in ShowRoom's folder:",
                tone="warn",
            )
        )
        st.code(WORKER_COMMAND, language=None)


def _card(entry: ListingEntry) -> None:
    view = ui.view_if_stored(entry)
    chosen = services.collage(view.listing, 1) if view else []
    mark = markup.pill("Synthetic", "accent") if entry.synthetic else None
    built = "not analysed yet"
    if view is None:
        built = "files are gone or damaged"
    elif view.report is not None:
        built = formatting.count(len(view.built), "room") + " in 3D"
    numbers = (
        f"{formatting.count(entry.photos, 'photo')} · {formatting.count(entry.reviews, 'review')} · {built}"
    )
    with st.container(key=f"card_listing_{entry.id}"):
        ui.html(markup.cover(view.url(chosen[0], 640) if view and chosen else None, entry.title, mark))
        ui.html(markup.card_text(entry.title, [numbers, formatting.ago(entry.updated_s)]))
        st.page_link(ui.OVERVIEW, label="Open", query_params={"listing": entry.id})


def _recent() -> None:
    entries = ui.store().catalogue.listings()
    ui.html(markup.section("Your listings"))
    if not entries:
        with st.container(key="empty_listings"):
            ui.html(
                markup.panel(
                    "Nothing here yet",
                    "Listings that you analyse show up here, with their rooms and reviews.",
                    "Analyse the demo first: its reviews take seconds, its rooms a few minutes.",
                )
            )
        return
    with st.grid(min_column_width=260, gap="medium", key="listing_cards"):
        for entry in entries[:RECENT]:
            _card(entry)
    if len(entries) > RECENT:
        ui.html(markup.note(f"and {formatting.count(len(entries) - RECENT, 'older listing')}"))


job_id = st.query_params.get("job")
if job_id is not None:
    job_panel(job_id)
else:
    with st.container(key="hero"):
        ui.html(
            markup.hero(
                "See the rooms before you book.",
                "ShowRoom turns a listing's photos into rooms that you can walk through,"
                " and reads all of its reviews.",
                (ui.STATIC / "room.svg").read_bytes(),
            )
        )
    under_way.show()
    with st.container(key="start_card"):
        source = st.segmented_control(
            "Where is the listing?",
            list(SOURCES),
            default="demo",
            required=True,
            format_func=lambda name: SOURCES[name],
            key="source",
        )
        FORMS[source or "demo"]()
    _worker_note()
_recent()
