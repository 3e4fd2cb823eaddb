"""The tables of `desk.domain.belonging`, beside those of `desk.storage.tables` and in the same metadata."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Table, UniqueConstraint
from sqlalchemy.orm import registry

from desk.domain import belonging
from desk.storage.tables import _key, _ref, _text, _time, _word, metadata

bindings = Table(
    "bindings", metadata, _key(), _ref("room_id", "rooms", index=False), _ref("person_id", "people", index=False),
    _time("at", null=False), UniqueConstraint("room_id"),
)  # fmt: skip

room_moves = Table(
    "room_moves", metadata, _key(), _text("channel", 32), _text("room"), _ref("room_id", "rooms"),
    UniqueConstraint("channel", "room"),
)  # fmt: skip

links = Table(
    "links", metadata, _key(), _ref("person_id", "people", index=False), _ref("head_id", "people"),
    _time("at", null=False), UniqueConstraint("person_id"),
)  # fmt: skip

link_codes = Table(
    "link_codes", metadata, _key(), _ref("person_id", "people", index=False), _text("code", 16),
    _time("expires_at", null=False), UniqueConstraint("person_id"), UniqueConstraint("code"),
)  # fmt: skip

link_tries = Table("link_tries", metadata, _key(), _ref("person_id", "people"), _time("at", null=False))

homes = Table(
    "homes", metadata, _key(), _ref("person_id", "people", index=False),
    _ref("community_id", "communities", index=False), _time("at", null=False), Column("place", JSON, nullable=False),
    UniqueConstraint("person_id"),
)  # fmt: skip

admissions = Table(
    "admissions", metadata, _key(), _ref("community_id", "communities", index=False),
    _ref("person_id", "people", index=False), _ref("inbox_id", "inbox"), _time("asked_at", null=False),
    _word("state", belonging.AdmissionState), _time("answered_at"),
    _ref("answered_by_id", "people", null=True, index=False), _ref("member_id", "members", null=True),
    UniqueConstraint("community_id", "person_id"),
)  # fmt: skip

_MAPPED = {
    belonging.Binding: bindings,
    belonging.RoomMove: room_moves,
    belonging.Link: links,
    belonging.LinkCode: link_codes,
    belonging.LinkTry: link_tries,
    belonging.Home: homes,
    belonging.Admission: admissions,
}

_registry = registry(metadata=metadata)
for _noun, _table in _MAPPED.items():
    _registry.map_imperatively(_noun, _table)
