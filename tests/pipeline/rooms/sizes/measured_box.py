"""A room of known size as its photos tell of it."""

from __future__ import annotations

from dataclasses import replace

from pipeline.rooms.sizes import Band, RoomMeasure, SeenFrom
from pipeline.rooms.sizes.measure import FloorSeen, Side


def box(
    size_m: tuple[float, float, float] = (5.0, 4.0, 2.6),
    unit_m: float = 1.0,
    camera_m: float = 1.45,
    unseen: tuple[tuple[int, int], ...] = (),
    **changes: object,
) -> RoomMeasure:
    """A room of that size, measured without error in units of ``unit_m``; sides are (axis, sign)."""
    units = tuple(metres / unit_m for metres in size_m)
    sides = tuple(
        Side(
            axis=axis,
            sign=sign,
            offset=0.0 if sign > 0 else units[axis],
            seen=(axis, sign) not in unseen,
            area=0.0 if (axis, sign) in unseen else 4.0,
            measured=0.8,
            reach=0.5 * units[axis] if (axis, sign) in unseen else (0.0 if sign > 0 else units[axis]),
        )
        for axis in range(3)
        for sign in (1, -1)
    )
    photo = SeenFrom(
        photo_id="p1",
        position=(0.3 * units[0], 0.3 * units[1], camera_m / unit_m),
        ahead=(1.0, 0.2),
        half_angle_rad=0.7,
        focal_35mm=Band.of_log(3.1, 0.05),
        from_exif=False,
    )
    rows = tuple("1" * int(units[0] / 0.2) for _ in range(int(units[1] / 0.2)))
    found = RoomMeasure(sides, (photo,), False, 1.0, FloorSeen((0.0, 0.0), 0.2, rows))
    return replace(found, **changes)  # type: ignore[arg-type]
