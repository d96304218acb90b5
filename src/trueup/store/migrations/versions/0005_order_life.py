"""Where every order is in its life, how it got there, and what of it changed; entries found by what they are about."""

import sqlalchemy as sa
from alembic import op

from trueup.store.database import Exact, JsonText, UtcTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "order_life",
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("units", Exact(), nullable=True),
        sa.Column("began_at", UtcTime(), nullable=False),
        sa.Column("moved_at", UtcTime(), nullable=False),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=True),
        sa.Column("refused_at", UtcTime(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["leader_id"], ["connection.id"], name="fk_order_life_leader_id_connection"),
        sa.PrimaryKeyConstraint("leader_id", "ref", name="pk_order_life"),
    )
    op.create_index("ix_order_life_state", "order_life", ["state", "moved_at"])
    op.create_index("ix_order_life_refused", "order_life", ["refused", "settled_at"])
    op.create_table(
        "order_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["leader_id"], ["connection.id"], name="fk_order_move_leader_id_connection"),
        sa.PrimaryKeyConstraint("id", name="pk_order_move"),
    )
    op.create_index("ix_order_move_order", "order_move", ["leader_id", "ref"])
    op.create_index("ix_order_move_pair", "order_move", ["before", "after", "by"])
    op.create_table(
        "order_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("what", JsonText(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["leader_id"], ["connection.id"], name="fk_order_change_leader_id_connection"),
        sa.PrimaryKeyConstraint("id", name="pk_order_change"),
    )
    op.create_index("ix_order_change_order", "order_change", ["leader_id", "ref"])
    op.create_index("ix_quarantine_thing", "quarantine", ["leader_id", "kind", "ref"])


def downgrade() -> None:
    op.drop_index("ix_quarantine_thing", "quarantine")
    for name in ("order_change", "order_move", "order_life"):
        op.drop_table(name)
