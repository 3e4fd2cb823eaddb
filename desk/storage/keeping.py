"""The table that says how far old words were swept; mapped like the others."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, UniqueConstraint
from sqlalchemy.orm import registry

from desk.domain.keeping import Sweep
from desk.storage.tables import metadata

sweeps = Table(
    "sweeps", metadata, Column("id", Integer, primary_key=True, autoincrement=True),
    Column("what", String(32), nullable=False), Column("up_to", Integer, nullable=False), UniqueConstraint("what"),
)  # fmt: skip

registry(metadata=metadata).map_imperatively(Sweep, sweeps)
