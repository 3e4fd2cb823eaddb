"""The table of `desk.domain.manners`, beside those of `desk.storage.tables` and in the same metadata."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, Table, UniqueConstraint
from sqlalchemy.orm import registry

from desk.domain.manners import RoomManners
from desk.storage.tables import _key, _ref, _text, _time, metadata

room_manners = Table(
    "room_manners", metadata, _key(), _ref("room_id", "rooms", index=False), Column("budget", Integer),
    _text("quiet", 16, null=True), Column("speak", Float), _time("hushed_until"), _time("welcomed_at"),
    UniqueConstraint("room_id"),
)  # fmt: skip

registry(metadata=metadata).map_imperatively(RoomManners, room_manners)
