"""rooms bound in the chat, linked accounts, homes, volunteers who reported in"""

from alembic import op
import sqlalchemy as sa


revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = {"autoincrement": True, "nullable": False}


def upgrade() -> None:
    op.create_table(
        "bindings",
        sa.Column("id", sa.Integer(), **KEY),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_bindings_person_id")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_bindings_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bindings")),
        sa.UniqueConstraint("room_id", name=op.f("uq_bindings_room_id")),
    )
    op.create_table(
        "room_moves",
        sa.Column("id", sa.Integer(), **KEY),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("room", sa.String(length=255), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_room_moves_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_moves")),
        sa.UniqueConstraint("channel", "room", name=op.f("uq_room_moves_channel_room")),
    )
    _links()
    op.create_table(
        "homes",
        sa.Column("id", sa.Integer(), **KEY),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_homes_community_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_homes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_homes")),
        sa.UniqueConstraint("person_id", name=op.f("uq_homes_person_id")),
    )
    _admissions()
    for table, column in INDEXED:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


INDEXED = [
    ("room_moves", "room_id"), ("links", "head_id"), ("link_tries", "person_id"), ("admissions", "inbox_id"),
    ("admissions", "member_id"),
]  # fmt: skip


def _links() -> None:
    op.create_table(
        "links",
        sa.Column("id", sa.Integer(), **KEY),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("head_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["head_id"], ["people.id"], name=op.f("fk_links_head_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_links_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("person_id", name=op.f("uq_links_person_id")),
    )
    op.create_table(
        "link_codes",
        sa.Column("id", sa.Integer(), **KEY),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_link_codes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_codes")),
        sa.UniqueConstraint("person_id", name=op.f("uq_link_codes_person_id")),
        sa.UniqueConstraint("code", name=op.f("uq_link_codes_code")),
    )
    op.create_table(
        "link_tries",
        sa.Column("id", sa.Integer(), **KEY),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_link_tries_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_tries")),
    )


def _admissions() -> None:
    op.create_table(
        "admissions",
        sa.Column("id", sa.Integer(), **KEY),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("inbox_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["answered_by_id"], ["people.id"], name=op.f("fk_admissions_answered_by_id")),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_admissions_community_id")),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_admissions_inbox_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_admissions_member_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_admissions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admissions")),
        sa.UniqueConstraint("community_id", "person_id", name=op.f("uq_admissions_community_id_person_id")),
    )


def downgrade() -> None:
    for table, column in INDEXED:
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
    for table in ("admissions", "homes", "link_tries", "link_codes", "links", "room_moves", "bindings"):
        op.drop_table(table)
