"""The tables of files and tallies, mapped like those of `desk.storage.tables`."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import registry

from desk.domain import attachments
from desk.storage.tables import Id, Utc, inbox, metadata

files = Table(
    "files", metadata, Column("id", Integer, primary_key=True, autoincrement=True),
    Column("inbox_id", Integer, ForeignKey("inbox.id"), nullable=False),
    Column("ticket_id", Integer, ForeignKey("tickets.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False), Column("channel", String(32), nullable=False),
    Column("kind", String(32), nullable=False), Column("name", String(255), nullable=False),
    Column("ref", Text, nullable=False), Column("wanted_at", Utc, nullable=False),
    Column("state", Id(attachments.FileState), nullable=False), Column("attempts", Integer, nullable=False),
    Column("retry_at", Utc), Column("size", Integer), Column("sha256", String(64), index=True),
    Column("told_at", Utc),
    UniqueConstraint("inbox_id", "position"), Index(None, "state", "id"),
)  # fmt: skip

tallies = Table(
    "tallies", metadata, Column("id", Integer, primary_key=True, autoincrement=True),
    Column("channel", String(32), nullable=False), Column("room", String(255), nullable=False),
    Column("quarter", Utc, nullable=False), Column("what", String(32), nullable=False),
    Column("count", Integer, nullable=False), UniqueConstraint("channel", "room", "quarter", "what"),
    Index(None, "quarter"),
)  # fmt: skip

Index("ix_inbox_received_at", inbox.c.received_at)

_REGISTRY = registry(metadata=metadata)
_REGISTRY.map_imperatively(attachments.StoredFile, files)
_REGISTRY.map_imperatively(attachments.Tally, tallies)
