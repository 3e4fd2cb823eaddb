"""how often nobody could tell whether a message arrived, and how often its sender was killed over it"""

from alembic import op
import sqlalchemy as sa


revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unsure", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("cut_off", sa.Integer(), nullable=False, server_default="0"))
        # Every look at the outbox asks for the next message of one channel.
        batch_op.create_index(batch_op.f("ix_outbox_channel_state_created_at"), ["channel", "state", "created_at"])


def downgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_channel_state_created_at"))
        batch_op.drop_column("cut_off")
        batch_op.drop_column("unsure")
