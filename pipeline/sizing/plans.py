"""Plans of the rooms of a stored listing."""

from __future__ import annotations

from pipeline.report import RoomReport
from pipeline.sizing.plan import Plan, plan_of
from pipeline.sizing.stored import ListingSizes


class NoPlan(ValueError):
    """A room has no plan; the message says why."""


def room_plan(room: RoomReport, sizes: ListingSizes) -> Plan:
    """The plan of a room.

    Raises:
        NoPlan: it was not measured, or nothing tells how large it is.
    """
    size, measure = sizes.rooms.get(room.room_id), sizes.measures.get(room.room_id)
    if size is None or measure is None:
        why = " ".join(sizes.why_not(room.room_id)) or room.reason or "It was not built."
        raise NoPlan(f"{room.name} has no plan. {why}")
    if not size.is_known and not size.at_least:
        raise NoPlan(f"{room.name} has no plan. {' '.join(size.why)}")
    return plan_of(measure, size, room.name)
