"""files that came with messages, and tallies of what came in"""

from collections import Counter
from datetime import timedelta

from alembic import op
import sqlalchemy as sa


revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("inbox_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("wanted_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("told_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_files_inbox_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_files_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sa.UniqueConstraint("inbox_id", "position", name=op.f("uq_files_inbox_id_position")),
    )
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_files_ticket_id"), ["ticket_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_files_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_files_state_id"), ["state", "id"], unique=False)

    op.create_table(
        "tallies",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("room", sa.String(length=255), nullable=False),
        sa.Column("quarter", sa.DateTime(), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tallies")),
        sa.UniqueConstraint("channel", "room", "quarter", "what", name=op.f("uq_tallies_channel_room_quarter_what")),
    )
    with op.batch_alter_table("tallies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tallies_quarter"), ["quarter"], unique=False)

    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbox_received_at"), ["received_at"], unique=False)

    _count_what_is_there()


def _count_what_is_there() -> None:
    """What came in before there were tallies: else the day of the upgrade would not balance."""
    inbox = sa.table(
        "inbox", sa.column("channel", sa.String), sa.column("room", sa.String), sa.column("received_at", sa.DateTime)
    )
    counts: Counter = Counter()
    for channel, room, at in op.get_bind().execute(sa.select(inbox.c.channel, inbox.c.room, inbox.c.received_at)):
        quarter = at - timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
        counts[channel, room or "", quarter] += 1
    tallies = sa.table(
        "tallies",
        sa.column("channel", sa.String),
        sa.column("room", sa.String),
        sa.column("quarter", sa.DateTime),
        sa.column("what", sa.String),
        sa.column("count", sa.Integer),
    )
    rows = [
        {"channel": channel, "room": room, "quarter": quarter, "what": "received", "count": count}
        for (channel, room, quarter), count in counts.items()
    ]
    op.bulk_insert(tallies, rows)


def downgrade() -> None:
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbox_received_at"))

    op.drop_table("tallies")
    op.drop_table("files")
