"""the topic a message was said in, and whether its id is unique in its room only"""

from alembic import op
import sqlalchemy as sa


revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbox", sa.Column("topic", sa.String(length=255), nullable=True))
    op.add_column("inbox", sa.Column("local_ids", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    # Not in a batch: that would make the table anew, and tickets refer to its rows.
    op.drop_column("inbox", "local_ids")
    op.drop_column("inbox", "topic")
