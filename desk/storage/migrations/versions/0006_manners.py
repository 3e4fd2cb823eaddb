"""what is particular about a room, and how long a message waits for its turn"""

from alembic import op
import sqlalchemy as sa


revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "room_manners",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("budget", sa.Integer(), nullable=True),
        sa.Column("quiet", sa.String(length=16), nullable=True),
        sa.Column("speak", sa.Float(), nullable=True),
        sa.Column("hushed_until", sa.DateTime(), nullable=True),
        sa.Column("welcomed_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_room_manners_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_manners")),
        sa.UniqueConstraint("room_id", name=op.f("uq_room_manners_room_id")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("not_before", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("instead_of", sa.JSON(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_outbox_channel_room_sent_at"), ["channel", "room", "sent_at"], unique=False
        )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_inbox_channel_room_received_at"), ["channel", "room", "received_at"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbox_channel_room_received_at"))
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_channel_room_sent_at"))
        batch_op.drop_column("instead_of")
        batch_op.drop_column("not_before")
    op.drop_table("room_manners")
