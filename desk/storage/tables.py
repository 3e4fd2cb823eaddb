"""The tables, and how the domain's dataclasses map to them.

Every word is stored as its id, every time as UTC. A column that is part of a key is never null: in a UNIQUE index
NULL differs from NULL.
"""

from __future__ import annotations

from datetime import datetime, timezone
from enum import Enum
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeDecorator

from desk.domain import corrections as corrected
from desk.domain import model, words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Utc(TypeDecorator):
    """Aware UTC in Python, naive UTC in the database (SQLite keeps no zones)."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Refuses a naive time: it could mean anything."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(timezone.utc).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Back to aware UTC."""
        return None if value is None else value.replace(tzinfo=timezone.utc)


class Id(TypeDecorator):
    """A word of a closed vocabulary, stored as its id."""

    impl = String(32)
    cache_ok = True

    def __init__(self, vocabulary: type[Enum]) -> None:
        super().__init__()
        self.vocabulary = vocabulary

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        """Accepts the word or its id; anything else is an error."""
        return None if value is None else str(self.vocabulary(value).value)

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        """Back to the word."""
        return None if value is None else self.vocabulary(value)


def _key() -> Column[Any]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


def _ref(name: str, target: str, *, null: bool = False, index: bool = True) -> Column[Any]:
    return Column(name, Integer, ForeignKey(f"{target}.id"), nullable=null, index=index)


def _text(name: str, length: int = 255, *, null: bool = False) -> Column[Any]:
    return Column(name, String(length), nullable=null)


def _flag(name: str) -> Column[Any]:
    return Column(name, Boolean, nullable=False)


def _word(name: str, vocabulary: type[Enum], *, null: bool = False) -> Column[Any]:
    return Column(name, Id(vocabulary), nullable=null)


def _time(name: str, *, null: bool = True) -> Column[Any]:
    return Column(name, Utc, nullable=null)


communities = Table(
    "communities", metadata, _key(), _text("code"), _text("name"), _text("timezone", 64),
    Column("next_number", Integer, nullable=False), UniqueConstraint("code"),
)  # fmt: skip

members = Table(
    "members", metadata, _key(), _ref("community_id", "communities"), _text("code"), _text("name"), _text("roles"),
    _flag("retired"), UniqueConstraint("community_id", "code"),
)  # fmt: skip

identities = Table(
    "identities", metadata, _key(), _ref("community_id", "communities"), _ref("member_id", "members"),
    _text("channel", 32), _text("user"), UniqueConstraint("community_id", "channel", "user"),
)  # fmt: skip

people = Table(
    "people", metadata, _key(), _text("channel", 32), _text("user"), _text("name"), UniqueConstraint("channel", "user")
)

grids = Table(
    "grids", metadata, _key(), _ref("community_id", "communities"), _text("code"), _text("name"),
    _ref("officer_id", "members", null=True), _flag("retired"), UniqueConstraint("community_id", "code"),
)  # fmt: skip

grid_helpers = Table(
    "grid_helpers", metadata, _key(), _ref("grid_id", "grids"), _ref("member_id", "members"),
    UniqueConstraint("grid_id", "member_id"),
)  # fmt: skip

covers = Table(
    "covers", metadata, _key(), _ref("grid_id", "grids"), _text("estate"), _text("building", 64, null=True),
    Index(None, "estate", "building"),
)  # fmt: skip

leaders = Table(
    "leaders", metadata, _key(), _ref("grid_id", "grids"), _ref("member_id", "members"), _text("estate"),
    _text("building", 64), _text("unit", 64, null=True),
)  # fmt: skip

rooms = Table(
    "rooms", metadata, _key(), _ref("community_id", "communities"), _text("channel", 32), _text("room"),
    _word("purpose", words.Purpose), _ref("grid_id", "grids", null=True), _word("listening", words.Listening),
    _flag("retired"), UniqueConstraint("channel", "room"),
)  # fmt: skip

aliases = Table(
    "aliases", metadata, _key(), _ref("community_id", "communities"), _text("name"), _text("estate", null=True),
    _text("building", 64, null=True), _text("unit", 64, null=True), UniqueConstraint("community_id", "name"),
)  # fmt: skip

tickets = Table(
    "tickets", metadata, _key(), _ref("community_id", "communities"), Column("number", Integer, nullable=False),
    _word("kind", words.Kind), _word("category", words.Category), _word("urgency", words.Urgency),
    Column("summary", Text, nullable=False), Column("detail", Text, nullable=False),
    Column("place", JSON, nullable=False), Column("said_place", JSON, nullable=False),
    _text("source_channel", 32), _text("source_room", null=True), _text("source_message"),
    _ref("inbox_id", "inbox"), _ref("room_id", "rooms", null=True), _ref("grid_id", "grids", null=True),
    _ref("requester_id", "people"), _ref("accountable_id", "members", null=True),
    _ref("assignee_id", "members", null=True), _word("state", words.State), _time("opened_at", null=False),
    _time("term_from", null=False), _time("due_at"), _time("accepted_at"), _time("resolved_at"), _time("closed_at"),
    Column("rating", Integer), _ref("merged_into", "tickets", null=True, index=False),
    UniqueConstraint("community_id", "number"), UniqueConstraint("inbox_id"), Index(None, "state", "due_at"),
)  # fmt: skip

ticket_events = Table(
    "ticket_events", metadata, _key(), _ref("ticket_id", "tickets"), _word("kind", words.EventKind),
    _time("at", null=False), _ref("by_id", "people", null=True, index=False), Column("facts", JSON, nullable=False),
    _ref("inbox_id", "inbox", null=True),
)  # fmt: skip

supporters = Table(
    "supporters", metadata, _key(), _ref("ticket_id", "tickets"), _ref("person_id", "people"),
    UniqueConstraint("ticket_id", "person_id"),
)  # fmt: skip

assignments = Table(
    "assignments", metadata, _key(), _ref("ticket_id", "tickets"), _ref("member_id", "members"),
    _ref("by_id", "people", null=True, index=False), _time("began_at", null=False), _time("ended_at"),
)  # fmt: skip

questions = Table(
    "questions", metadata, _key(), _ref("ticket_id", "tickets"), _ref("person_id", "people"), _text("scope", 300),
    _time("asked_at", null=False), _time("expires_at", null=False), _time("answered_at"), _time("staff_told_at"),
    UniqueConstraint("ticket_id"),
)  # fmt: skip

corrections = Table(
    "corrections", metadata, _key(), _ref("ticket_id", "tickets", index=False), _ref("person_id", "people"),
    _ref("member_id", "members", index=False), _time("at", null=False), _text("text", 300), _word("act", words.Act),
    _word("kind", words.Kind, null=True), _word("category", words.Category, null=True),
    _word("urgency", words.Urgency, null=True), UniqueConstraint("ticket_id"),
)  # fmt: skip

inbox = Table(
    "inbox", metadata, _key(), _text("channel", 32), _text("scope", 300), _text("message"),
    _word("kind", words.MessageKind), _ref("person_id", "people", null=True, index=False), _text("room", null=True),
    Column("text", Text, nullable=False), _text("reply_to", null=True), _text("reply_to_bot_about", null=True),
    _flag("direct"), _flag("mentioned"), Column("attachments", JSON, nullable=False), _text("target", null=True),
    _time("sent_at", null=False), _time("received_at", null=False), _word("state", words.InboxState),
    _text("lease_owner", null=True), _time("lease_until"), _text("lease_token", 64, null=True),
    Column("attempts", Integer, nullable=False), _time("retry_at"), Column("reading", JSON(none_as_null=True)),
    Column("effect", JSON(none_as_null=True)), _word("outcome", words.Outcome),
    Column("ticket_id", Integer, nullable=True, index=True), _text("topic", null=True),
    Column("local_ids", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("channel", "scope", "message"), Index(None, "state", "id"), Index(None, "channel", "message"),
    Index(None, "person_id", "id"), Index(None, "channel", "room", "received_at"),
)  # fmt: skip

outbox = Table(
    "outbox", metadata, _key(), _text("dedup_key", 600), _text("channel", 32), _text("room", null=True),
    _text("user", null=True), _text("template", 64), Column("facts", JSON, nullable=False),
    _ref("ticket_id", "tickets", null=True), _text("reply_to", null=True), Column("rank", Integer, nullable=False),
    _time("created_at", null=False), _word("state", words.OutboxState), Column("attempts", Integer, nullable=False),
    Column("unsure", Integer, nullable=False), Column("cut_off", Integer, nullable=False), _time("retry_at"),
    _time("expires_at"), _text("lease_owner", null=True), _time("lease_until"),
    _text("provider_message", null=True), _time("sent_at"), _time("not_before"),
    Column("instead_of", JSON(none_as_null=True)), Index(None, "channel", "room", "sent_at"),
    UniqueConstraint("dedup_key"), Index(None, "state", "id"), Index(None, "channel", "provider_message"),
    Index(None, "channel", "state", "created_at"),
)  # fmt: skip

_MAPPED = {
    model.Community: communities,
    model.Member: members,
    model.Identity: identities,
    model.Person: people,
    model.Grid: grids,
    model.GridHelper: grid_helpers,
    model.Cover: covers,
    model.Leader: leaders,
    model.Room: rooms,
    model.Alias: aliases,
    model.Ticket: tickets,
    model.TicketEvent: ticket_events,
    model.Supporter: supporters,
    model.Assignment: assignments,
    model.Question: questions,
    corrected.Correction: corrections,
    model.InboxMessage: inbox,
    model.OutboxMessage: outbox,
}


def map_models() -> None:
    """Maps every dataclass of the domain to its table; once a process, at import."""
    mapper_registry = registry(metadata=metadata)
    for noun, table in _MAPPED.items():
        mapper_registry.map_imperatively(noun, table)


map_models()
