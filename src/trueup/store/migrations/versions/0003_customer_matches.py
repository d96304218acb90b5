"""Whom a follower has already and a customer may be; several customers of a shop may be one person there."""

import sqlalchemy as sa
from alembic import op

from trueup.store.database import JsonText, UtcTime

revision = "0003"
down_revision = "0002"

ONE = sa.text("thing <> 'customer'")
REMOTE = ["follower_id", "leader_id", "thing", "remote"]


def upgrade() -> None:
    op.create_table(
        "customer_match",
        sa.Column("follower_id", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("remote", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("candidates", JsonText(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["follower_id"], ["connection.id"], name="fk_customer_match_follower_id_connection"),
        sa.ForeignKeyConstraint(["leader_id"], ["connection.id"], name="fk_customer_match_leader_id_connection"),
        sa.PrimaryKeyConstraint("follower_id", "leader_id", "ref", name="pk_customer_match"),
    )
    with op.batch_alter_table("link") as table:
        table.drop_constraint("uq_link_follower_id_leader_id_thing_remote", type_="unique")
    op.create_index("ix_link_remote", "link", REMOTE)
    op.create_index("uq_link_remote", "link", REMOTE, unique=True, sqlite_where=ONE, postgresql_where=ONE)


def downgrade() -> None:
    op.drop_index("uq_link_remote", "link")
    op.drop_index("ix_link_remote", "link")
    with op.batch_alter_table("link") as table:
        table.create_unique_constraint("uq_link_follower_id_leader_id_thing_remote", REMOTE)
    op.drop_table("customer_match")
