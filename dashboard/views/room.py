"""One room in 3D, with what is known about how it was made."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard import formatting
from dashboard.components.room_viewer import room_viewer
from dashboard.components.slides import slides
from dashboard.data import (
    Layouts,
    ListingView,
    RoomViews,
    UnderWay,
    is_being_built,
    room_views,
    services,
    zipped_room,
)
from dashboard.embedding import embed_code
from dashboard.markup import markup, unseen_markup
from dashboard.panels import size_panel, ui, under_way
from dashboard.words import mark, number, percent, t, tn, told
from pipeline.left_out import in_words
from pipeline.report import Origin, RoomReport

DOWNLOADS = (
    ("mesh.glb", mark("Surface (GLB)")),
    ("mesh.ply", mark("Surface (PLY)")),
    ("points.glb", mark("Points (GLB)")),
    ("points.ply", mark("Points (PLY)")),
    ("cameras.json", mark("Cameras (JSON)")),
)
SHARES: dict[Origin, tuple[str, markup.Tone]] = {
    "measured": (mark("Measured in photos"), "accent"),
    "inferred": (mark("Inferred from the layout"), "warn"),
    "generated": (mark("Generated"), "bad"),
}
VIEWER_HEIGHT_PX = 640
VERSIONS = {"completed": mark("Completed"), "photos": mark("Photos only")}


def _chosen_room(view: ListingView, active: list[UnderWay]) -> RoomReport:
    if view.report is None and active:
        ui.stop_with(
            t("Not built yet"),
            t("The reviews are read first, then the rooms are built, one after the other."),
            t("This page shows them as soon as they stand."),
            (ui.OVERVIEW, t("See the photos")),
        )
    if view.report is None:
        ui.stop_with(
            t("Not analysed yet"),
            t("The photos of this listing are here, its rooms are not."),
            t("Start the analysis on the Start page."),
            (ui.START, t("Go to Start")),
        )
    if not view.rooms:
        ui.stop_with(
            t("No rooms"),
            t("This listing has no usable photos, so there is no room to show."),
            t("Its reviews are on the next page."),
            (ui.REVIEWS, t("Read the reviews")),
        )
    names = {room.room_id: room.name for room in view.rooms}
    asked = st.query_params.get("room")
    if asked is not None and asked not in names:
        ui.stop_with(
            t("This room is not known"),
            t("The listing has no room with the id “{id}”.", id=asked),
            t("Its rooms: {rooms}.", rooms=", ".join(names.values())),
            (ui.OVERVIEW, t("Back to the overview")),
        )
    first = next((room.room_id for room in view.rooms if room.status == "built"), view.rooms[0].room_id)
    chosen = asked or first
    if len(names) > 1:
        picked = st.segmented_control(
            t("Room"),
            list(names),
            default=chosen,
            required=True,
            format_func=lambda room_id: formatting.markdown_text(names[room_id]),
            key=f"room_choice_{view.id}_{chosen}",
            label_visibility="collapsed",
        )
        if picked is not None and picked != chosen:
            st.query_params["room"] = picked
            st.rerun()
    if asked is None:
        st.query_params["room"] = chosen
    return view.room(chosen)


def _scale(room: RoomReport) -> str:
    if not room.metric:
        return t("Unknown: sizes in this room are relative")
    if room.scale_sigma is None:
        return t("Metres")
    return t("Metres, estimated: about ±{share}", share=percent(room.scale_sigma))


def _made(room: RoomReport, figures: Mapping[str, float]) -> list[tuple[str, str]]:
    """How the room was made, for who asks."""
    rows = [(t("Scale"), _scale(room))]
    if room.backend:
        rows.append((t("Method"), told(room.backend.capitalize())))
    if room.backend_why:
        rows.append((t("Why this one"), formatting.sentence(told(room.backend_why))))
    if "faces" in figures:
        rows.append((t("Triangles"), number(figures["faces"])))
    return rows


def _how_made(room: RoomReport, found: RoomViews | None, *, photos_only: bool) -> None:
    """Method, reasons and notes in one quiet fold: no guest needs them to decide."""
    rows = _made(room, room.shown_figures(photos_only=photos_only))
    if found is not None:
        if found.views and found.why:
            rows.append((t("Why filled this way"), formatting.sentence(told(found.why))))
        if found.first_rule:
            rows.append((t("The first ShowRoom's rule for three photos"), told(found.first_rule)))
        rows += [(t("Note"), told(note)) for note in found.notes]
    rows += [(t("Note"), told(note)) for note in room_views.other_notes(room, found)]
    with st.expander(t("How it was made"), key="room_notes"):
        ui.html(markup.key_values(rows))


def _shares(room: RoomReport, *, photos_only: bool) -> None:
    """Where the surface that is shown comes from, by its area."""
    shares = room.shares(photos_only=photos_only)
    if shares:
        parts = [(t(SHARES[origin][0]), share, SHARES[origin][1]) for origin, share in shares.items()]
        ui.html(markup.share_bar(parts))


def _left_out(view: ListingView, room: RoomReport) -> None:
    if not room.left_out:
        return
    with st.expander(
        tn("{number} photo left out", "{number} photos left out", len(room.left_out)), key="left_out"
    ):
        known = {photo.id for photo in view.listing.photos}
        rows = [
            (view.url(photo_id, 320), told(in_words(why)))
            for photo_id, why in room.left_out.items()
            if photo_id in known
        ]
        ui.html(markup.photo_row(rows))


def _downloads(view: ListingView, room: RoomReport) -> None:
    key = room.surface_key
    if key is None:
        return
    links = [
        (services.file_url(key, name, save_as=f"{view.id}-{room.room_id}-{name}"), t(label))
        for name, label in DOWNLOADS
        if ui.has_file(key, name)
    ]
    photos_key = room.photo_surface_key
    if photos_key is not None and ui.has_file(photos_key, "mesh.glb"):
        name = f"{view.id}-{room.room_id}-photos-only.glb"
        links.append((services.file_url(photos_key, "mesh.glb", save_as=name), t("Photos only (GLB)")))
    with st.container(key="downloads"):
        st.download_button(
            t("Everything (ZIP)"),
            lambda: zipped_room(ui.store(), room),
            f"{view.id}-{room.room_id}.zip",
            "application/zip",
            key="room_zip",
            type="primary",
            on_click="ignore",
        )
        ui.html(markup.downloads(links))
    with st.expander(t("Show it in a page of yours"), key="embed"):
        st.code(
            embed_code(ui.own_address(), view.id, room.room_id, room.name), language="html", wrap_lines=True
        )


def _photos_only(view: ListingView, room: RoomReport) -> bool:
    """The switch between the room with what was generated and without it."""
    if room.photo_surface_key is None or not ui.has_file(room.photo_surface_key, "mesh.glb"):
        return False
    picked = st.segmented_control(
        t("What is shown"),
        list(VERSIONS),
        default="completed",
        required=True,
        format_func=lambda name: t(VERSIONS[name]),
        key=f"version_{view.id}_{room.room_id}",
        label_visibility="collapsed",
    )
    return picked == "photos"


def _new_views(room: RoomReport, found: RoomViews) -> None:
    """What no photo shows: the decision, the sides of the room, and the generated views."""
    with st.container(key="new_views"):
        ui.html(markup.section(t("What no photo shows"), told(found.sentence)))
        left, right = st.columns([2, 3], gap="large")
        if found.plan_url is not None:
            with left:
                ui.html(unseen_markup.plan_figure(found.plan_url))
        with right:
            ui.html(unseen_markup.face_table(found.faces, metric=room.metric))
        if found.views:
            ui.html(unseen_markup.view_pairs(found.views, metric=room.metric))
            slides(f"slides_{room.room_id}")


def _layouts(view: ListingView, found: Layouts) -> None:
    """Which part of the room each photo shows, and how sure that is."""
    with st.expander(t("Walls, floor and ceiling in each photo"), key="room_layouts"):
        ui.html(markup.note(formatting.sentence(told(found.why))))
        ui.html(
            unseen_markup.layout_row(
                [(view.url(photo.photo_id, 640), photo.map_url, told(photo.said)) for photo in found.photos]
            )
        )


def _guessed(room: RoomReport) -> None:
    if room_views.is_guessed(room):
        with st.container(key="room_guessed"):
            ui.html(
                markup.panel(
                    room_views.guessed_words(room),
                    t(
                        "Nothing here could be measured: walls, furniture and sizes are only what they"
                        " look like."
                    ),
                    t("A second photo of the same corner, taken two steps aside, lets ShowRoom measure."),
                    "warn",
                )
            )


def _built(view: ListingView, room: RoomReport) -> None:
    _guessed(room)
    with st.container(key="viewer"):
        photos_only = _photos_only(view, room)
        scale = size_panel.scale_of(view, room)
        data = services.viewer_data(
            view, room, height_px=VIEWER_HEIGHT_PX, photos_only=photos_only, scale=scale
        )
        points = ui.points_file(room, photos_only=photos_only)
        size_panel.take(view, room, room_viewer(data, points, key=f"room_viewer_{view.id}_{room.room_id}"))
    size_panel.show(view, room)
    found, layouts = ui.room_views(room), ui.layouts(room)
    left, right = st.columns([3, 2], gap="large")
    with left:
        ui.html(markup.section(t("About this room")))
        _shares(room, photos_only=photos_only)
        ui.html(
            markup.key_values(
                [
                    (
                        t("Photos placed"),
                        t("{placed} of {photos}", placed=len(room.placed), photos=len(room.photo_ids)),
                    )
                ]
            )
        )
        _left_out(view, room)
        _how_made(room, found, photos_only=photos_only)
    with right:
        ui.html(markup.section(t("Take it with you"), t("Opens in Blender, MeshLab, and any glTF viewer.")))
        _downloads(view, room)
        files = [*(found.files if found else ()), *(layouts.files if layouts else ())]
        if files:
            with st.expander(unseen_markup.files_title(len(files)), key="view_files"):
                ui.html(markup.downloads([(address, told(label)) for address, label in files]))
    if found is not None:
        _new_views(room, found)
    if layouts is not None:
        _layouts(view, layouts)


def _waiting(room: RoomReport, active: list[UnderWay]) -> None:
    if is_being_built(room, active):
        said = t("This room is being built"), t("It shows up here as soon as it stands."), ""
    elif active:
        said = (
            t("This room comes next"),
            t("It is built after the others, and shows up here as soon as it stands."),
            "",
        )
    else:
        said = (
            t("This room is not built yet"),
            t("The analysis was stopped before it came to this room."),
            t("Start it again on the Start page: it goes on where it stopped."),
        )
    with st.container(key="room_waiting"):
        ui.html(markup.panel(*said, "quiet" if active else "warn"))


def _not_built(view: ListingView, room: RoomReport, active: list[UnderWay]) -> None:
    if room.status == "waiting":
        _waiting(room, active)
    else:
        title = t("This room was skipped") if room.status == "skipped" else t("This room could not be built")
        with st.container(key="room_impossible"):
            ui.html(
                markup.panel(
                    title,
                    told(room.reason or "") or t("No reason was recorded."),
                    told(room.advice or ""),
                    "warn",
                )
            )
    ui.html(markup.section(t("Its photos")))
    why = {photo_id: told(in_words(left_out)) for photo_id, left_out in room.left_out.items()}
    rows = [(view.url(photo_id, 640), why.get(photo_id, "")) for photo_id in room.photo_ids]
    ui.html(markup.photo_row(rows))


view = ui.current_listing()
ui.listing_bar(view, ui.ROOM)
active = under_way.show(view)
room = _chosen_room(view, active)
ui.page_head(
    room.name, view.listing.title, ui.listing_pills(view)[:1] if view.listing.synthetic else (), compact=True
)
if room.status == "built" and room.surface_key:
    if ui.has_file(room.surface_key, "mesh.glb"):
        _built(view, room)
    else:
        ui.stop_with(
            t("The 3D files are gone"),
            t("The report mentions this room, but its files are no longer stored."),
            t("Run the analysis again; finished stages are found, only what is missing is made anew."),
            (ui.START, t("Go to Start")),
        )
else:
    _not_built(view, room, active)
