"""The stages of one room: lens, cameras, point maps, surface, layout, new views, completed surface."""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.inpainting import DiffusionSettings
from pipeline.options import AnalysisOptions
from pipeline.recipe.stages import Planned, StageRunner, Stored
from pipeline.rooms.backends import Backend
from pipeline.rooms.inpainting import choose_inpainter
from pipeline.rooms.judging import OwnPlaces, from_own_places
from pipeline.rooms.layout import RoomLayouts, find_layouts, layout_backend
from pipeline.rooms.photos import Lenses, RoomPhoto, find_lenses
from pipeline.rooms.scene import Cameras, PointMaps
from pipeline.rooms.surface import Surface
from pipeline.rooms.views import GeneratedRoom, GenerateSettings, generate_views
from scrapers.listing import Listing, RoomPhotos

SURFACE_VERSION = 9
VIEWS_VERSION = 2
LENS_VERSION = 2
MAPS_VERSION = 2
OWN_PLACES_VERSION = 1


@dataclass(frozen=True)
class RoomWork:
    """What all stages of a room are given.

    Attributes:
        listing: where its photos are.
        room: its photos.
        options: the user's choices.
        runner: runs the stages, or finds their results.
    """

    listing: Stored[Listing]
    room: RoomPhotos
    options: AnalysisOptions
    runner: StageRunner

    @property
    def scope(self) -> str:
        """What its stages are shown under."""
        return self.room.name

    def photos(self, photo_ids: tuple[str, ...]) -> list[RoomPhoto]:
        """Photos of the listing as stages take them."""
        chosen = [self.listing.value.photo(photo_id) for photo_id in photo_ids]
        return [
            RoomPhoto(
                photo_id=photo.id,
                path=self.listing.folder / photo.file,
                width_px=photo.width_px,
                height_px=photo.height_px,
                focal_px=photo.focal_px,
                camera=photo.camera,
            )
            for photo in chosen
        ]


@dataclass(frozen=True)
class Measured:
    """Where the photos of a room were taken (if that was a stage of its own), and what they show."""

    backend: Backend
    cameras: Stored[Cameras] | None
    maps: Stored[PointMaps]


@dataclass(frozen=True)
class Built:
    """Surfaces of a room: of its photos, and (where views were generated) the completed one."""

    of_photos: Stored[Surface]
    surface: Stored[Surface]
    layouts: Stored[RoomLayouts] | None = None
    views: Stored[GeneratedRoom] | None = None
    notes: tuple[str, ...] = ()


def room_plan(name: str, options: AnalysisOptions) -> list[Planned]:
    """The stages of a room with their usual share of the time."""
    plan = [Planned("lens", name, 0.1), Planned("cameras", name, 3.0)]
    plan += [Planned("point maps", name, 4.0), Planned("surface", name, 2.0)]
    plan += [Planned("own places", name, 0.2), Planned("size", name, 0.1)]
    if options.new_views:
        plan += [Planned("layout", name, 0.5), Planned("new views", name, 2.0)]
        plan += [Planned("completed surface", name, 2.0)]
    return plan


def lenses_of(work: RoomWork) -> Lenses:
    """How the lenses bend straight lines, by all photos that came together with those of the room."""
    mine, rooms = work.room.photo_ids, work.listing.value.rooms
    together = next((room.photo_ids for room in rooms if set(mine) <= set(room.photo_ids)), mine)
    photos = work.photos(together)
    return work.runner.run(
        "lens",
        Lenses,
        lambda folder, progress: find_lenses(photos, progress),
        inputs={"photos": [_identity(photo) for photo in photos]},
        version=LENS_VERSION,
        scope=work.scope,
    ).value


def _identity(photo: RoomPhoto) -> list[object]:
    """All that tells a photo from another (its id is of the file's bytes)."""
    known = [photo.photo_id, photo.width_px, photo.height_px, photo.focal_px, photo.camera]
    return known if photo.lens is None else [*known, photo.lens.model, photo.lens.radial]


def measure(work: RoomWork, backend: Backend, photos: list[RoomPhoto]) -> Measured:
    """Cameras (where the backend places them apart) and point maps."""
    inputs = {
        "photos": [_identity(photo) for photo in photos],
        "backend": [backend.name, backend.version],
        "seed": work.options.seed,
    }
    cameras = None
    if backend.places_cameras:
        cameras = work.runner.run(
            "cameras",
            Cameras,
            lambda folder, progress: backend.cameras(photos, folder, progress),
            inputs=inputs,
            scope=work.scope,
        )
    maps = work.runner.run(
        "point maps",
        PointMaps,
        lambda folder, progress: backend.point_maps(photos, cameras.value if cameras else None, progress),
        inputs={**inputs, "cameras": cameras.key if cameras else None},
        version=MAPS_VERSION,
        scope=work.scope,
        queue=backend.queue,
    )
    return Measured(backend, cameras, maps)


def surface_of_photos(work: RoomWork, measured: Measured, photos: list[RoomPhoto]) -> Stored[Surface]:
    """The surface of what the photos show."""
    maps, backend = measured.maps, measured.backend
    return work.runner.run(
        "surface",
        Surface,
        lambda folder, progress: backend.surface(maps.value, photos, folder, progress),
        inputs={"maps": maps.key, "seed": work.options.seed},
        version=SURFACE_VERSION,
        scope=work.scope,
    )


def seen_from_own_places(work: RoomWork, maps: Stored[PointMaps], surface: Stored[Surface]) -> OwnPlaces:
    """How well the surface shows each photo from the photo's own place."""
    return work.runner.run(
        "own places",
        OwnPlaces,
        lambda folder, progress: from_own_places(maps.value, surface.value, progress),
        inputs={"maps": maps.key, "surface": surface.key},
        version=OWN_PLACES_VERSION,
        scope=work.scope,
    ).value


def completed(work: RoomWork, measured: Measured, photos: list[RoomPhoto], surface: Stored[Surface]) -> Built:
    """What the photos lack, and the surface completed with it."""
    maps, backend = measured.maps, measured.backend
    if not work.options.new_views or backend.is_guess:
        return Built(surface, surface)
    layouts = _layouts(work, maps)
    views, why = _new_views(work, maps, surface, layouts)
    notes = (f"layout: {layouts.value.why}", f"inpainting: {why}", *views.value.notes)
    if not views.value.added:
        return Built(surface, surface, layouts, views, notes)
    painted = [*photos, *(RoomPhoto(*picture) for picture in views.value.pictures(views.folder))]
    whole = work.runner.run(
        "completed surface",
        Surface,
        lambda folder, progress: backend.surface(views.value.maps, painted, folder, progress),
        inputs={"views": views.key, "seed": work.options.seed},
        version=SURFACE_VERSION,
        scope=work.scope,
    )
    return Built(surface, whole, layouts, views, notes)


def _layouts(work: RoomWork, maps: Stored[PointMaps]) -> Stored[RoomLayouts]:
    """Which part of the room each pixel of the photos shows."""
    backend, why = layout_backend(work.options.layout)
    return work.runner.run(
        "layout",
        RoomLayouts,
        lambda folder, progress: find_layouts(maps.value, backend, why, progress),
        inputs={"maps": maps.key, "backend": [backend.name, backend.version]},
        scope=work.scope,
    )


def _new_views(
    work: RoomWork, maps: Stored[PointMaps], surface: Stored[Surface], layouts: Stored[RoomLayouts]
) -> tuple[Stored[GeneratedRoom], str]:
    """What no photo shows, and why this inpainter painted it."""
    options = work.options
    inpainter, why = choose_inpainter(options.inpainter, _painting(options))
    settings = GenerateSettings(views=options.new_views, rule=options.view_rule, seed=options.seed)
    views = work.runner.run(
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
        scope=work.scope,
        queue=inpainter.queue,
    )
    return views, why


def _painting(options: AnalysisOptions) -> DiffusionSettings:
    settings = DiffusionSettings(steps=options.inpainting_steps, guidance=options.inpainting_guidance)
    return (
        settings if options.inpainting_prompt is None else replace(settings, prompt=options.inpainting_prompt)
    )
