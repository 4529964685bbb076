"""The stages of one room: photos, lens, cameras, point maps, surface, layout, new views, completed surface."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from models.inpainting import DiffusionSettings
from pipeline.errors import Impossible
from pipeline.left_out import LeftOutReason
from pipeline.options import AnalysisOptions
from pipeline.progress import Progress
from pipeline.recipe.stages import Planned, StageRunner, Stored
from pipeline.report import RoomReport
from pipeline.rooms.backends import DEFAULT, Backend, SinglePhoto, choose
from pipeline.rooms.inpainting import choose_inpainter
from pipeline.rooms.layout import RoomLayouts, find_layouts, layout_backend
from pipeline.rooms.learned import LearnedModelFailed
from pipeline.rooms.photos import Lenses, RoomPhoto, find_lenses
from pipeline.rooms.scene import Cameras, PointMaps
from pipeline.rooms.surface import Surface
from pipeline.rooms.views import GeneratedRoom, GenerateSettings, generate_views
from scrapers.listing import Listing, RoomPhotos

SURFACE_VERSION = 9
VIEWS_VERSION = 2
LENS_VERSION = 1
MAPS_VERSION = 2


def room_plan(name: str, options: AnalysisOptions) -> list[Planned]:
    """The stages of a room with their usual share of the time."""
    plan = [Planned("lens", name, 0.1), Planned("cameras", name, 3.0)]
    plan += [Planned("point maps", name, 4.0), Planned("surface", name, 2.0)]
    if options.new_views:
        plan += [Planned("layout", name, 0.5), Planned("new views", name, 2.0)]
        plan += [Planned("completed surface", name, 2.0)]
    return plan


def reconstruct_room(
    listing: Stored[Listing], room: RoomPhotos, options: AnalysisOptions, runner: StageRunner
) -> RoomReport:
    """Reconstruct one room; ``Impossible`` says what is missing where that cannot be done."""
    lenses = _lenses(listing, room, runner)
    photos = lenses.applied([_room_photo(listing, photo_id) for photo_id in room.photo_ids])
    backend, why = choose(options.backend, options.seed)
    try:
        try:
            cameras, maps = _maps(backend, photos, options.seed, room.name, runner)
        except LearnedModelFailed as failure:
            why = f"{backend.name} failed: {failure.message} Classical stands in."
            backend, _ = choose(DEFAULT, options.seed)
            cameras, maps = _maps(backend, photos, options.seed, room.name, runner)
    except Impossible as answer:
        if not photos:
            raise
        why = f"{answer.message} One photo has to do."
        backend = SinglePhoto()
        cameras, maps = _maps(backend, photos, options.seed, room.name, runner)
    built = _surfaces(maps, photos, options, room.name, runner)
    seen = (*lenses.notes_of(room.photo_ids), *(cameras.value.notes if cameras else ()))
    return RoomReport(
        room_id=room.id,
        name=room.name,
        status="built",
        backend=backend.name,
        backend_why=why,
        photo_ids=room.photo_ids,
        placed=tuple(view.photo_id for view in maps.value.views),
        left_out=maps.value.left_out,
        metric=maps.value.metric,
        scale_sigma=maps.value.scale_sigma,
        cameras_key=cameras.key if cameras else None,
        maps_key=maps.key,
        surface_key=built.surface.key,
        layouts_key=built.layouts.key if built.layouts else None,
        views_key=built.views.key if built.views else None,
        photo_surface_key=built.of_photos.key if built.surface is not built.of_photos else None,
        figures=_figures(built),
        photo_figures=_numbers(built.of_photos.value) if built.surface is not built.of_photos else {},
        notes=(*seen, *maps.value.notes, *built.notes),
    )


def reconstruct_rooms(
    listing: Stored[Listing], room: RoomPhotos, options: AnalysisOptions, runner: StageRunner
) -> list[RoomReport]:
    """Reconstruct one room; photos that share nothing, and parts that only look alike, are rooms of their own.

    Raises:
        Impossible: no photo of it can be used.
    """
    first = reconstruct_room(listing, room, options, runner)
    if first.backend == SinglePhoto.name:
        others: list[tuple[str, ...]] = [(p,) for p in room.photo_ids if p not in first.placed]
    else:
        alike = tuple(
            photo_id
            for photo_id, why in first.left_out.items()
            if why.reason == LeftOutReason.LOOKS_LIKE_ANOTHER_PART
        )
        others = [alike] if len(alike) > 1 else []
    apart = []
    for number, ids in enumerate(others, start=2):
        alone = RoomPhotos(
            id=f"{room.id}-{number}", name=f"{room.name} {number}", photo_ids=ids, grouped=room.grouped
        )
        with suppress(Impossible):  # stays among the photos that the first room leaves out
            apart.append(reconstruct_room(listing, alone, options, runner))
    shown = {photo_id for report in apart for photo_id in report.placed}
    left_out = {photo_id: why for photo_id, why in first.left_out.items() if photo_id not in shown}
    photo_ids = tuple(photo_id for photo_id in room.photo_ids if photo_id not in shown)
    return [first.model_copy(update={"left_out": left_out, "photo_ids": photo_ids}), *apart]


@dataclass(frozen=True)
class _Built:
    """Surfaces of a room: of its photos, and (where views were generated) the completed one."""

    of_photos: Stored[Surface]
    surface: Stored[Surface]
    layouts: Stored[RoomLayouts] | None = None
    views: Stored[GeneratedRoom] | None = None
    notes: tuple[str, ...] = ()


def _surfaces(
    maps: Stored[PointMaps], photos: list[RoomPhoto], options: AnalysisOptions, scope: str, runner: StageRunner
) -> _Built:
    """Surface of the photos, what they lack, and the surface completed with it."""
    surface = runner.run(
        "surface",
        Surface,
        lambda folder, progress: _surface(maps.value, photos, folder, progress),
        inputs={"maps": maps.key, "seed": options.seed},
        version=SURFACE_VERSION,
        scope=scope,
    )
    if not options.new_views or maps.value.backend == SinglePhoto.name:
        return _Built(surface, surface)
    layouts = _layouts(maps, options, scope, runner)
    inpainter, why = choose_inpainter(options.inpainter, _painting(options))
    settings = GenerateSettings(views=options.new_views, rule=options.view_rule, seed=options.seed)
    views = runner.run(
        "new views",
        GeneratedRoom,
        lambda folder, progress: generate_views(
            maps.value, surface.value, inpainter, settings, progress, layouts.value
        ),
        inputs={
            "surface": surface.key,
            "layouts": layouts.key,
            "inpainter": [inpainter.name, inpainter.version],
            "settings": settings,
        },
        version=VIEWS_VERSION,
        scope=scope,
        queue="gpu" if inpainter.name == "diffusion" else "cpu",
    )
    notes = (f"layout: {layouts.value.why}", f"inpainting: {why}", *views.value.notes)
    if not views.value.added:
        return _Built(surface, surface, layouts, views, notes)
    completed = runner.run(
        "completed surface",
        Surface,
        lambda folder, progress: _completed(views, photos, folder, progress),
        inputs={"views": views.key, "seed": options.seed},
        version=SURFACE_VERSION,
        scope=scope,
    )
    return _Built(surface, completed, layouts, views, notes)


def _painting(options: AnalysisOptions) -> DiffusionSettings:
    settings = DiffusionSettings(steps=options.inpainting_steps, guidance=options.inpainting_guidance)
    return (
        settings if options.inpainting_prompt is None else replace(settings, prompt=options.inpainting_prompt)
    )


def _layouts(
    maps: Stored[PointMaps], options: AnalysisOptions, scope: str, runner: StageRunner
) -> Stored[RoomLayouts]:
    """Which part of the room each pixel of the photos shows."""
    backend, why = layout_backend(options.layout)
    return runner.run(
        "layout",
        RoomLayouts,
        lambda folder, progress: find_layouts(maps.value, backend, why, progress),
        inputs={"maps": maps.key, "backend": [backend.name, backend.version]},
        scope=scope,
    )


def _completed(
    views: Stored[GeneratedRoom], photos: list[RoomPhoto], folder: Path, progress: Progress
) -> Surface:
    room = views.value
    return _surface(room.maps, [*photos, *room.photos(views.folder)], folder, progress)


def _lenses(listing: Stored[Listing], room: RoomPhotos, runner: StageRunner) -> Lenses:
    """How the lenses bend straight lines, by all photos that came together with those of the room."""
    together = (mine.photo_ids for mine in listing.value.rooms if set(room.photo_ids) <= set(mine.photo_ids))
    photos = [_room_photo(listing, photo_id) for photo_id in next(together, room.photo_ids)]
    return runner.run(
        "lens",
        Lenses,
        lambda folder, progress: find_lenses(photos, progress),
        inputs={"photos": [_identity(photo) for photo in photos]},
        version=LENS_VERSION,
        scope=room.name,
    ).value


def _identity(photo: RoomPhoto) -> list[object]:
    """All that tells a photo from another (its id is of the file's bytes)."""
    known = [photo.photo_id, photo.width_px, photo.height_px, photo.focal_px, photo.camera]
    return known if photo.lens is None else [*known, photo.lens.model, photo.lens.radial]


def _maps(
    backend: Backend, photos: list[RoomPhoto], seed: int, scope: str, runner: StageRunner
) -> tuple[Stored[Cameras] | None, Stored[PointMaps]]:
    """Cameras (where the backend places them apart) and point maps."""
    inputs = {
        "photos": [_identity(photo) for photo in photos],
        "backend": [backend.name, backend.version],
        "seed": seed,
    }
    cameras = None
    if backend.places_cameras:
        cameras = runner.run(
            "cameras",
            Cameras,
            lambda folder, progress: backend.cameras(photos, folder, progress),
            inputs=inputs,
            scope=scope,
        )
    maps = runner.run(
        "point maps",
        PointMaps,
        lambda folder, progress: backend.point_maps(photos, cameras.value if cameras else None, progress),
        inputs={**inputs, "cameras": cameras.key if cameras else None},
        version=MAPS_VERSION,
        scope=scope,
        queue="cpu" if backend.name in (DEFAULT, SinglePhoto.name) else "gpu",
    )
    return cameras, maps


def _surface(maps: PointMaps, photos: list[RoomPhoto], folder: Path, progress: Progress) -> Surface:
    """The surface, and beside it the files that viewers and other programs open."""
    from pipeline.rooms.single_photo import single_surface
    from pipeline.rooms.surface import export, reconstruct_surface, texture_surface

    make = single_surface if maps.backend == SinglePhoto.name else reconstruct_surface
    surface = make(maps, progress=progress.part(0.0, 0.6))
    textured = texture_surface(surface, maps, photos, progress.part(0.6, 0.9))
    surface.stats.update(textured.shares())
    progress(0.9, "writing files")
    export.write_textured_glb(textured, folder / "mesh.glb")
    export.write_points_glb(maps, folder / "points.glb")
    export.write_mesh_ply(surface, folder / "mesh.ply")
    export.write_points_ply(maps, folder / "points.ply")
    of_photos = maps.of_cameras()
    export.write_images(of_photos, folder / "images")
    export.write_depth_maps(of_photos, folder / "depth")
    lenses = {photo.photo_id: photo.lens for photo in photos if photo.lens is not None}
    export.write_cameras_json(of_photos, folder / "cameras.json", lenses)
    export.write_colmap_text(of_photos, folder / "colmap")
    export.write_transforms_json(of_photos, folder / "transforms.json")
    return surface


def _room_photo(listing: Stored[Listing], photo_id: str) -> RoomPhoto:
    photo = listing.value.photo(photo_id)
    return RoomPhoto(
        photo_id=photo.id,
        path=listing.folder / photo.file,
        width_px=photo.width_px,
        height_px=photo.height_px,
        focal_px=photo.focal_px,
        camera=photo.camera,
    )


def _figures(built: _Built) -> dict[str, float]:
    """Numbers of the surface that is shown and of the new views."""
    figures = _numbers(built.surface.value)
    if built.views:
        views = built.views.value
        figures |= {"unseen_before": views.unseen_before, "unseen_after": views.unseen_after}
    return figures


def _numbers(surface: Surface) -> dict[str, float]:
    """Numbers of a surface without times: equal runs give equal reports."""
    return {name: value for name, value in surface.stats.items() if name != "seconds"}
