"""The invented living room of the dashboard's tests: a box in 3D, its cameras, its photos and its new views."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw
from pygltflib import (
    ARRAY_BUFFER,
    ELEMENT_ARRAY_BUFFER,
    FLOAT,
    GLTF2,
    POINTS,
    UNSIGNED_INT,
    UNSIGNED_SHORT,
    Accessor,
    Asset,
    Attributes,
    Buffer,
    BufferView,
    Material,
    Mesh,
    Node,
    Primitive,
    Scene,
)

from pipeline.rooms.layout.layout import Layout, NoLayout
from pipeline.rooms.layout.room_layouts import RoomLayouts

STEPS = 48
CEILING, LAST_WALL = 1, 5
ROOM_M = np.array([5.0, 4.0, 2.6])


def _wall(
    corner: list[float], along: list[float], up: list[float], colour: list[float], steps: int = STEPS
) -> tuple[Float[np.ndarray, "N 3"], Float[np.ndarray, "N 3"], np.ndarray]:
    """A subdivided rectangle that faces ``along x up``, with a soft pattern."""
    grid = np.linspace(0, 1, steps)
    u, v = np.meshgrid(grid, grid)
    points = np.array(corner) + u[..., None] * np.array(along) + v[..., None] * np.array(up)
    shade = 0.78 + 0.22 * np.clip(4 * u * (1 - u), 0, 1) * np.clip(2.5 * v * (1.4 - v), 0, 1)
    stripes = 1 - 0.07 * (np.floor(u * 10) % 2)
    colours = np.array(colour) * (shade * stripes)[..., None]
    window = (np.abs(u - 0.5) < 0.17) & (np.abs(v - 0.6) < 0.2)
    if up[2] > 0 and colour[0] > 0.7:
        colours[window] = [0.72, 0.86, 0.97]
    index = np.arange(steps * steps).reshape(steps, steps)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    return points.reshape(-1, 3), colours.reshape(-1, 3), faces


def box_room() -> tuple[Float[np.ndarray, "N 3"], Float[np.ndarray, "N 3"], np.ndarray]:
    """Points (room frame, z up), sRGB colours and faces of a room whose walls face inwards."""
    w, d, h = ROOM_M
    sides = [
        _wall([0, 0, 0], [w, 0, 0], [0, d, 0], [0.62, 0.45, 0.3]),
        _wall([0, d, h], [w, 0, 0], [0, -d, 0], [0.95, 0.95, 0.93]),
        _wall([0, d, 0], [w, 0, 0], [0, 0, h], [0.88, 0.85, 0.8]),
        _wall([w, 0, 0], [-w, 0, 0], [0, 0, h], [0.85, 0.85, 0.8]),
        _wall([0, 0, 0], [0, d, 0], [0, 0, h], [0.55, 0.68, 0.62]),
        _wall([w, d, 0], [0, -d, 0], [0, 0, h], [0.9, 0.84, 0.76]),
        _wall([1.5, 1.2, 0.02], [2.2, 0, 0], [0, 1.6, 0], [0.7, 0.3, 0.28]),
        _wall([0.5, 3.0, 0.45], [1.8, 0, 0], [0, 0.8, 0], [0.3, 0.42, 0.55]),
        _wall([0.5, 3.0, 0], [1.8, 0, 0], [0, 0, 0.45], [0.26, 0.36, 0.48]),
        _wall([2.3, 3.0, 0], [0, 0.8, 0], [0, 0, 0.45], [0.24, 0.34, 0.45]),
    ]
    points, colours, faces, start = [], [], [], 0
    for side_points, side_colours, side_faces in sides:
        points.append(side_points)
        colours.append(side_colours)
        faces.append(side_faces + start)
        start += len(side_points)
    return np.concatenate(points), np.concatenate(colours), np.concatenate(faces)


def write_glb(path: Path, *, points_only: bool = False, completed: bool = False) -> None:
    """The box room as GLB: y up, linear 16-bit vertex colours, unlit, each vertex with its source.

    The ceiling is inferred; one wall is generated if ``completed``, else missing.
    """
    points, colours, faces = box_room()
    side = np.arange(len(points)) // STEPS**2
    if not completed:
        faces = faces[side[faces[:, 0]] != LAST_WALL]
    source = np.select([side == CEILING, side == LAST_WALL], [2, 3], 1)
    gltf_points = np.stack([points[:, 0], points[:, 2], -points[:, 1]], axis=1).astype(np.float32)
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    rgba = np.concatenate([linear, np.ones((len(linear), 1))], axis=1)
    blobs = [gltf_points.tobytes(), np.round(rgba * 65535).astype(np.uint16).tobytes()]
    accessors = [
        Accessor(
            bufferView=0,
            componentType=FLOAT,
            count=len(points),
            type="VEC3",
            min=gltf_points.min(0).tolist(),
            max=gltf_points.max(0).tolist(),
        ),
        Accessor(bufferView=1, componentType=UNSIGNED_SHORT, normalized=True, count=len(points), type="VEC4"),
    ]
    blobs.append(source.astype(np.float32).tobytes())
    accessors.append(Accessor(bufferView=2, componentType=FLOAT, count=len(points), type="SCALAR"))
    primitive = Primitive(attributes=Attributes(POSITION=0, COLOR_0=1, _SOURCE=2), material=0)
    if points_only:
        primitive.mode = POINTS
    else:
        blobs.append(faces.astype(np.uint32).tobytes())
        accessors.append(Accessor(bufferView=3, componentType=UNSIGNED_INT, count=faces.size, type="SCALAR"))
        primitive.indices = 3
    views, offset = [], 0
    for number, blob in enumerate(blobs):
        target = ELEMENT_ARRAY_BUFFER if number == 3 else ARRAY_BUFFER
        views.append(BufferView(buffer=0, byteOffset=offset, byteLength=len(blob), target=target))
        offset += len(blob)
    gltf = GLTF2(
        asset=Asset(version="2.0"),
        scene=0,
        scenes=[Scene(nodes=[0])],
        nodes=[Node(mesh=0)],
        meshes=[Mesh(primitives=[primitive])],
        materials=[Material(extensions={"KHR_materials_unlit": {}})],
        extensionsUsed=["KHR_materials_unlit"],
        buffers=[Buffer(byteLength=offset)],
        bufferViews=views,
        accessors=accessors,
    )
    gltf.set_binary_blob(b"".join(blobs))
    gltf.save_binary(path)


def _look_at(eye: Float[np.ndarray, "3"], target: Float[np.ndarray, "3"]) -> list[list[float]]:
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, [0, 0, 1])
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, 0], pose[:3, 1], pose[:3, 2], pose[:3, 3] = right, np.cross(forward, right), forward, eye
    return [[float(x) for x in row] for row in pose]


def cameras(photo_ids: list[str]) -> dict[str, object]:
    """``cameras.json`` of these photos, all around the room."""
    centre = ROOM_M / 2
    frames = []
    for index, photo_id in enumerate(photo_ids):
        angle = 0.5 + index * 2 * np.pi / len(photo_ids)
        eye = centre + np.array([1.7 * np.cos(angle), 1.3 * np.sin(angle), 0.15])
        target = centre - np.array([1.5 * np.cos(angle), 1.5 * np.sin(angle), 0.3])
        K = [[300.0, 0.0, 240.0], [0.0, 300.0, 160.0], [0.0, 0.0, 1.0]]
        frames.append({"name": photo_id, "width": 480, "height": 320, "K": K, "c2w": _look_at(eye, target)})
    return {"convention": "OpenCV, world_from_camera, room frame: z up, metres", "frames": frames}


def _face(name: str, area: float, hidden: float, outside: float, open_m2: float = 0.0) -> dict[str, object]:
    row: dict[str, object] = {"face": name, "area_m2": area, "hidden_m2": hidden, "outside_m2": outside}
    row |= {"seen_m2": area - hidden - outside - open_m2, "open_m2": open_m2}
    return row | ({"largest_hole_m2": 0.8 * (hidden + outside)} if hidden + outside else {})


def views_head(placed: list[str]) -> dict[str, Any]:
    """What ``views.json`` holds of a room with two generated views."""
    before = [
        _face("wall towards -x", 10.4, 0.4, 0.0, 2.0),
        _face("wall towards +x", 10.4, 0.0, 10.4),
        _face("wall towards -y", 13.0, 0.0, 0.0),
        _face("wall towards +y", 13.0, 1.3, 0.0),
        _face("floor", 20.0, 4.0, 1.0),
        _face("ceiling", 20.0, 0.0, 3.0),
    ]
    after = [row if row["face"] == "floor" else _face(str(row["face"]), 10.0, 0.0, 0.0) for row in before]
    names = [
        f"photo {placed[1]}, turned 90 degrees to the right",
        f"photo {placed[0]}, turned 45 degrees to the left",
    ]
    return {
        "outcome": "view",
        "reason": f"20.1 of 84.8 m2 are on no photo; {names[0]} would show 11.9 m2",
        "views": [
            {"photo_id": "generated-1", "name": names[0], "backend": "planar", "gain_m2": 11.9, "notes": []},
            {
                "photo_id": "generated-2",
                "name": names[1],
                "backend": "opencv",
                "gain_m2": 2.25,
                "notes": ["planar failed: the <b>plane</b> is hidden"],
            },
        ],
        "holes_before": before,
        "holes_after": after,
        "unseen_before": 0.237,
        "unseen_after": 0.059,
        "original": {
            "outcome": "view",
            "reason": "all photos are front views",
            "photo_id": placed[2 % len(placed)],
            "side": "left",
        },
        "ranked": [{"view": names[0], "gain_m2": 11.9}],
        "notes": [f"{names[1]}: planar failed: the <b>plane</b> is hidden"],
    }


def room_layouts(placed: list[str]) -> RoomLayouts:
    """The layout of the first photo, and why the second has none."""
    classes = np.ones((64, 96), np.uint8)
    classes[44:], classes[:10], classes[10:44, :20], classes[10:44, 76:] = 4, 5, 2, 3
    found: dict[str, Layout | NoLayout] = {
        placed[0]: Layout(classes, 0.87, None, None, "geometric", "all agrees"),
        placed[1]: NoLayout("There are too few straight lines.", "geometric"),
    }
    return RoomLayouts(found, "geometric", "there are no weights of ST-RoomNet: lines and colours decide")


def plan(placed: list[str]) -> str:
    """A plan with a script in it, which no page may run."""
    rows = "".join(f'<circle cx="{40 + 60 * k}" cy="60" r="9"/>' for k in range(len(placed)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200"><script>alert(1)</script>'
        f'<rect x="10" y="10" width="300" height="180" fill="#e7f0ec"/>{rows}</svg>'
    )


def view_pictures(folder: Path, number: int) -> None:
    """Write the three pictures of a generated view."""
    photo(folder / f"view_{number:02d}_after.png", number)
    mask = Image.new("1", (960, 640))
    ImageDraw.Draw(mask).polygon([(700, 0), (960, 0), (960, 640), (560, 640)], fill=1)
    mask.save(folder / f"view_{number:02d}_mask.png")
    with Image.open(folder / f"view_{number:02d}_after.png") as after:
        before = Image.composite(Image.new("RGB", after.size), after, mask)
    before.save(folder / f"view_{number:02d}_before.png")


def photo(path: Path, number: int) -> None:
    """Write a drawn photo; each number looks a little different."""
    tints = [
        (226, 214, 196),
        (196, 214, 208),
        (214, 205, 224),
        (230, 222, 205),
        (200, 212, 226),
        (220, 200, 190),
    ]
    image = Image.new("RGB", (960, 640), tints[number % len(tints)])
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 640), (960, 640), (760, 430), (200, 430)], fill=(164, 124, 88))
    draw.rectangle(
        (360 + 20 * number, 130, 600 + 20 * number, 340),
        fill=(196, 224, 243),
        outline=(250, 250, 248),
        width=10,
    )
    draw.rounded_rectangle((120, 380 + 4 * number, 470, 520), 24, fill=(72, 104 + 12 * number, 128))
    draw.ellipse((600, 480, 860, 580), fill=(168, 74, 66))
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, quality=88)
