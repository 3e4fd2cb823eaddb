"""the topic a message was said in, and whether its id is unique in its room only"""

from alembic import op
import sqlalchemy as sa


revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("topic", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("local_ids", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_column("local_ids")
        batch_op.drop_column("topic")
