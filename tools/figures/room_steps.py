"""One figure for each step of a room, from what the stages kept. Every number in a title is read from them."""

from itertools import pairwise
from typing import Final

import matplotlib as mpl
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from benchmarks.metrics import umeyama
from pipeline.rooms.axes import Segments, find_segments, fit_manhattan
from pipeline.rooms.box import RoomPlane, box_view, close_by_pictures, find_planes
from pipeline.rooms.layout import Layout
from pipeline.rooms.scene import Source, SurfaceSamples, collect
from pipeline.rooms.surface import Surface
from tools.demo_renderer.rooms import living_room
from tools.figures import dollhouse
from tools.figures.demo_report import Room
from tools.figures.sheet import BLUE, GREEN, INK, ORANGE, PALE, RED, SOURCES, outline, photo, plan, sheet, tiles

_SEGMENT_PX: Final = 640
#: cosine from which on a segment is drawn as one of an axis
_OF_AXIS: Final = np.cos(np.radians(3.0))
_DRAWN_MATCHES: Final = 70
_FACING: Final = 0.85
_PHOTO: Final = 0
_PAIR: Final = (0, 1)
_LAYOUT_COLOURS: Final = {1: "#e1be6e", 2: "#5f96c8", 3: "#c86e82", 4: "#78aa78", 5: "#bebec8"}


def photos(room: Room) -> np.ndarray:
    """What goes in."""
    return tiles(room.photos, 4, 236)


def lines(room: Room) -> Figure:
    """Straight segments, coloured by the axis of the room that they point to."""
    figure, axes = sheet(2, 3.3)
    for index, place in enumerate((_PHOTO, 3)):
        picture = tiles([room.photos[place]], 1, _SEGMENT_PX)
        segments = find_segments(picture)
        camera = room.cameras.cameras[place]
        focal = float(camera.K[0, 0]) * picture.shape[1] / camera.width_px
        fit = fit_manhattan(segments, focal)
        support = 0.0 if fit is None else fit.support
        photo(axes[index], picture, f"{support:.0%} of the line weight points to three axes", alpha=0.55)
        if fit is not None:
            _draw_segments(axes[index], segments, axis_of(segments, fit.camera_from_room, focal))
    return figure


def axis_of(
    segments: Segments, camera_from_room: Float[np.ndarray, "3 3"], focal_px: float
) -> Float[np.ndarray, " S"]:
    """The axis whose vanishing point every segment points to; 3 for none."""
    centre = np.array([(segments.width_px - 1) / 2, (segments.height_px - 1) / 2])
    from_centre = segments.midpoint - centre
    cosines = []
    for x, y, z in camera_from_room.T:
        toward = focal_px * np.array([x, y]) - z * from_centre
        cosines.append(np.abs((toward * segments.direction).sum(axis=1)) / np.linalg.norm(toward, axis=1))
    best = np.argmax(cosines, axis=0)
    return np.where(np.max(cosines, axis=0) > _OF_AXIS, best, 3)


def _draw_segments(axes: Axes, segments: Segments, axis: np.ndarray) -> None:
    half = 0.5 * segments.weight[:, None] ** 2 * segments.direction
    ends = np.stack([segments.midpoint - half, segments.midpoint + half], axis=1)
    colours = np.array([RED, BLUE, GREEN, PALE])[axis]
    axes.add_collection(LineCollection(list(ends), colors=list(colours), linewidths=1.6))


def matches(room: Room) -> Figure:
    """Points that two photos share, and how the points of one were found again in the other."""
    points, (a, b) = room.cameras.points, _PAIR
    xy = [_seen(room, camera) for camera in _PAIR]
    both = sorted(set(xy[0]) & set(xy[1]))
    some = np.random.default_rng(0).permutation(both)[:_DRAWN_MATCHES]
    figure, axes = sheet(1, 3.5)
    first, second = (room.cameras.cameras[index] for index in _PAIR)
    gap = 30
    whole = np.full((first.height_px, first.width_px + gap + second.width_px, 3), 255, np.uint8)
    whole[:, : first.width_px] = tiles([room.photos[a]], 1, first.width_px)[: first.height_px]
    whole[:, first.width_px + gap :] = tiles([room.photos[b]], 1, second.width_px)[: first.height_px]
    error = np.mean([camera.reprojection_error_px for camera in room.cameras.cameras])
    title = f"{len(both)} points that both photos see ({len(some)} drawn); mean error of all {error:.1f} px"
    photo(axes[0], whole, title, alpha=0.8)
    shift = np.array([first.width_px + gap, 0])
    ends = [np.stack([xy[0][point], xy[1][point] + shift]) for point in some]
    colours = [points.rgb[point] / 255 * 0.6 for point in some]
    axes[0].add_collection(LineCollection(ends, colors=colours, linewidths=0.8))
    for end in ends:
        axes[0].plot(*end.T, ".", color=ORANGE, markersize=4)
    return figure


def _seen(room: Room, camera: int) -> dict[int, Float[np.ndarray, "2"]]:
    points = room.cameras.points
    mine = points.track_camera == camera
    return dict(zip(points.track_point[mine].tolist(), points.track_xy[mine], strict=True))


def true_corners(room: Room) -> Float[np.ndarray, "5 2"]:
    """The true walls from above, in the frame of the room: cameras laid over the true ones (Umeyama 1991)."""
    true = true_centres(room)
    ours = np.stack([view.centre for view in room.maps.views])
    scale, rotation, shift = umeyama(true, ours)
    flat = outline(np.zeros(3), np.array(living_room.SIZE_M))
    corners = np.concatenate([flat, np.full((5, 1), float(true[:, 2].mean()))], axis=1)
    moved: Float[np.ndarray, "5 3"] = scale * corners @ rotation.T + shift
    return moved[:, :2]


def true_centres(room: Room) -> Float[np.ndarray, "C 3"]:
    """Where the renderer stood (metres)."""
    cameras = living_room.cameras(room.photos[0].shape[1], room.photos[0].shape[0], len(room.photos))
    return np.array([camera.eye for camera in cameras])


def cameras(room: Room) -> Figure:
    """Cameras and sparse points from above, beside the true ones."""
    figure, axes = sheet(2, 3.6, (1.25, 1))
    true, ours = true_centres(room), np.stack([view.centre for view in room.maps.views])
    scale, rotation, shift = umeyama(true, ours)
    laid = scale * true @ rotation.T + shift
    off = np.linalg.norm(ours - laid, axis=1) / scale
    turned = np.degrees(np.arctan2(rotation[1, 0], rotation[0, 0])) % 90
    title = f"cameras {100 * off.mean():.1f} cm off at true scale, axes {min(turned, 90 - turned):.1f}°"
    plan(axes[0], title)
    from_sfm = umeyama(np.stack([camera.world_from_camera[:3, 3] for camera in room.cameras.cameras]), ours)
    sparse = from_sfm[0] * room.cameras.points.xyz @ from_sfm[1].T + from_sfm[2]
    rgb = room.cameras.points.rgb / 255
    axes[0].scatter(sparse[:, 0], sparse[:, 1], s=2, c=rgb, linewidths=0, zorder=1)
    axes[0].plot(*true_corners(room).T, "--", color=INK, linewidth=1, label="true walls")
    for view in room.maps.views:
        _wedge(axes[0], view.world_from_camera, view.K, view.image.shape[1])
    axes[0].plot(laid[:, 0], laid[:, 1], "o", mfc="none", color=RED, markersize=9, label="true cameras")
    axes[0].plot(ours[:, 0], ours[:, 1], ".", color=BLUE, markersize=8, label="placed")
    _around(axes[0], true_corners(room))
    axes[0].legend(loc="lower left", fontsize=7, framealpha=0.9)
    seen = [camera.n_observations for camera in room.cameras.cameras]
    axes[1].barh(np.arange(len(seen)), seen, color=BLUE)
    axes[1].set_yticks(np.arange(len(seen)), [f"photo {n + 1}" for n in range(len(seen))])
    axes[1].invert_yaxis()
    axes[1].set_title("points that each photo's place rests on", loc="left")
    return figure


def _around(axes: Axes, corners: Float[np.ndarray, "5 2"], margin: float = 0.5) -> None:
    low, high = corners.min(axis=0) - margin, corners.max(axis=0) + margin
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])


def _wedge(axes: Axes, pose: Float[np.ndarray, "4 4"], K: Float[np.ndarray, "3 3"], width_px: int) -> None:
    reach = 0.7
    ends = [pose[:3, 3]]
    for x in (0, width_px - 1):
        ray = pose[:3, :3] @ np.array([(x - K[0, 2]) / K[0, 0], 0.0, 1.0])
        ends.append(pose[:3, 3] + reach * ray)
    axes.add_patch(Polygon(np.array(ends)[:, :2], closed=True, color=BLUE, alpha=0.18, linewidth=0))


def stereo(room: Room) -> Figure:
    """A photo, and the depth that stereo measured of it."""
    view = room.maps.views[_PHOTO]
    measured = view.source == Source.MEASURED
    figure, axes = sheet(2, 3.0)
    photo(
        axes[0], view.image, f"photo 1 at the size of the maps, {view.image.shape[1]} x {view.image.shape[0]}"
    )
    _depth(
        figure, axes[1], np.where(measured, view.depth_m(), np.nan), f"measured: {measured.mean():.0%} of it"
    )
    return figure


def _depth(figure: Figure, axes: Axes, depth: np.ndarray, title: str) -> None:
    colours = mpl.colormaps["viridis_r"].with_extremes(bad="#dfe3e5")
    photo(axes, depth, title, cmap=colours, vmin=1.0, vmax=float(np.nanquantile(depth, 0.98)))
    figure.colorbar(axes.images[0], ax=axes, shrink=0.8, label="depth (m)")


def measured_samples(room: Room) -> SurfaceSamples:
    """The measured points of the room's maps."""
    found = collect(room.maps, 0.0)
    keep = found.source == Source.MEASURED
    return SurfaceSamples(
        *(getattr(found, name)[keep] for name in ("points", "normals", "colors", "weight", "source"))
    )


def planes_of(room: Room) -> list[RoomPlane]:
    """The box asked once more, about the measured points of the stored maps and the pictures."""
    found = measured_samples(room)
    centres = np.stack([view.centre for view in room.maps.views])
    planes = find_planes(found.points, found.normals, found.weight, centres)
    looked = [box_view(view.image, view.K, view.world_from_camera) for view in room.maps.views]
    return close_by_pictures(looked, planes, found.points, float(found.weight.sum()))


def walls(room: Room) -> Figure:
    """Where the walls stand: points along one axis, and the planes from above."""
    found, planes, true = measured_samples(room), planes_of(room), true_corners(room)
    figure, axes = sheet(2, 3.9, (1, 1.25))
    _histogram(axes[0], found, planes, true)
    plan(axes[1], "from above: closing planes (thick), inner planes (thin)")
    keep = np.random.default_rng(0).permutation(len(found.points))[:25_000]
    at = found.points[keep]
    axes[1].scatter(at[:, 0], at[:, 1], s=0.5, c=PALE, linewidths=0)
    axes[1].plot(*true.T, "--", color=INK, linewidth=1, label="true walls")
    for plane in planes:
        if plane.axis < 2:
            draw = axes[1].axvline if plane.axis == 0 else axes[1].axhline
            colour = (GREEN if plane.weight > 0 else ORANGE) if plane.hull else BLUE
            draw(plane.offset, color=colour, linewidth=2.4 if plane.hull else 0.8)
    _around(axes[1], true)
    keys = {"measured": GREEN, "put by the pictures": ORANGE, "inner": BLUE}
    for word, colour in keys.items():
        axes[1].plot([], [], color=colour, label=word)
    axes[1].legend(loc="lower left", fontsize=7, framealpha=0.9)
    return figure


def _histogram(
    axes: Axes, found: SurfaceSamples, planes: list[RoomPlane], true: Float[np.ndarray, "5 2"]
) -> None:
    """Weight of the points that face along y, by where they lie on it."""
    for sign, colour, word in ((1, GREEN, "facing +y"), (-1, BLUE, "facing -y")):
        facing = found.normals[:, 1] * sign > _FACING
        axes.hist(
            found.points[facing, 1], 220, weights=found.weight[facing], color=colour, alpha=0.8, label=word
        )
    for plane in planes:
        if plane.axis == 1 and plane.hull:
            axes.axvline(plane.offset, color=ORANGE, linewidth=1.2)
    for start, end in pairwise(true):
        if abs(end[0] - start[0]) > abs(end[1] - start[1]):
            axes.axvspan(min(start[1], end[1]), max(start[1], end[1]), color=INK, alpha=0.18, linewidth=0)
    axes.plot([], [], color=ORANGE, label="closing plane")
    axes.fill([], [], color=INK, alpha=0.18, label="true wall, end to end")
    axes.set_yscale("log")
    axes.set_title("measured points by their y", loc="left")
    axes.set_xlabel("y (m)")
    axes.set_ylabel("weight of the points")
    axes.legend(fontsize=7)


def depth(room: Room) -> Figure:
    """A depth for every pixel, where it comes from, how sure it is."""
    view = room.maps.views[_PHOTO]
    figure, axes = sheet(3, 2.3)
    sources = np.zeros((*view.source.shape, 3))
    for source, colour in SOURCES.items():
        sources[view.source == source] = mpl.colors.to_rgb(colour)
    shaded = sources * (0.35 + 0.65 * view.image.mean(axis=2, keepdims=True) / 255)
    photo(axes[0], shaded, "green: measured, orange: inferred")
    _depth(figure, axes[1], view.depth_m(), "depth of every pixel")
    photo(axes[2], view.confidence, "probability of being right within 5 %", cmap="magma", vmin=0, vmax=1)
    figure.colorbar(axes[2].images[0], ax=axes[2], shrink=0.8)
    return figure


def layout(room: Room) -> Figure:
    """Which part of the room each pixel shows."""
    figure, axes = sheet(3, 2.2)
    for index, place in enumerate((0, 3, 5)):
        view = room.maps.views[place]
        found = room.layouts.layouts[view.photo_id]
        if not isinstance(found, Layout):
            photo(axes[index], view.image, f"photo {place + 1}: {found.reason}")
            continue
        photo(axes[index], view.image, f"photo {place + 1}: {found.confidence:.0%} sure")
        for number, corners in found.polygons().items():
            colour = _LAYOUT_COLOURS[number]
            axes[index].add_patch(Polygon(corners, closed=True, color=colour, alpha=0.35, linewidth=0))
            axes[index].add_patch(Polygon(corners, closed=True, fill=False, edgecolor="white", linewidth=1.2))
    return figure


def surface(room: Room) -> Figure:
    """The mesh of the photos from outside, and where its parts come from."""
    mesh = room.of_photos
    share = float((mesh.source == Source.MEASURED).mean())
    words = f"{len(mesh.faces):,} faces, walls looked through from behind"
    return _from_outside(
        room, mesh, 235, words, f"green: measured ({share:.0%} of the vertices), orange: inferred"
    )


def _from_outside(room: Room, mesh: Surface, turn_deg: float, left: str, right: str) -> Figure:
    figure, axes = sheet(2, 3.4)
    hits = dollhouse.look(mesh, dollhouse.from_outside(mesh, turn_deg, 38, (940, 660)))
    photo(axes[0], dollhouse.photographed(hits, mesh, room.maps, room.photos), left)
    colours = np.zeros((len(mesh.vertices), 3))
    for source, colour in SOURCES.items():
        colours[mesh.source == source] = np.array(mpl.colors.to_rgb(colour)) * 255
    photo(axes[1], dollhouse.coloured(hits, colours.astype(np.uint8), shaded=True), right)
    return figure


def missing_view(room: Room) -> Figure:
    """The view that was chosen first: as rendered, and as filled."""
    figure, axes = sheet(2, 3.0)
    added = room.views.added[0]
    before = np.where(added.unknown[..., None], 225, added.before)
    name = added.name
    for number, photo_id in enumerate(room.report.placed, start=1):
        name = name.replace(photo_id, str(number))
    photo(axes[0], before, f"{name}: {added.unknown.mean():.0%} of it on no photo")
    photo(axes[1], added.after, f"filled by {added.backend}; chosen for {added.gain_m2:.1f} m² of unseen room")
    return figure


def completed(room: Room) -> Figure:
    """The room with its generated parts, from the other side."""
    before, after = room.views.unseen_before, room.views.unseen_after
    words = f"on no photo: {before:.0%} of the room's sides before, {after:.0%} after"
    return _from_outside(room, room.completed, 55, words, "green: measured, orange: inferred, red: generated")
