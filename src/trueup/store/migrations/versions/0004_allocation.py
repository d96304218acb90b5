"""What is promised to open orders, and the number of each shop as a sum."""

import sqlalchemy as sa
from alembic import op

from trueup.store.database import Exact, JsonText, UtcTime

revision = "0004"
down_revision = "0003"

COUNTERS = {"connection": "stock_writes", "flow": "writes_seen", "delivery": "recount"}


def upgrade() -> None:
    op.create_table(
        "promise",
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("order_ref", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("sku_key", sa.Text(), nullable=True),
        sa.Column("quantity", Exact(), nullable=False),
        sa.Column("refunded", Exact(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("dropped", sa.Text(), nullable=True),
        sa.Column("ended", sa.Text(), nullable=True),
        sa.Column("contained", Exact(), nullable=False),
        sa.Column("told", JsonText(), nullable=False),
        sa.Column("told_at", UtcTime(), nullable=True),
        sa.Column("known_by", sa.Text(), nullable=True),
        sa.Column("counted", Exact(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("promised_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=True),
        sa.Column("released_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["connection.id"], name="fk_promise_shop_id_connection"),
        sa.PrimaryKeyConstraint("shop_id", "order_ref", "line", name="pk_promise"),
    )
    op.create_index("ix_promise_product", "promise", ["shop_id", "live", "product"])
    op.create_index("ix_promise_sku", "promise", ["live", "sku_key"])
    op.create_index("ix_promise_told", "promise", ["shop_id", "told_at"])
    op.create_index("ix_promise_expires", "promise", ["shop_id", "live", "expires_at"])
    for table, name in COUNTERS.items():
        op.add_column(table, sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("delivery", sa.Column("doubt", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("delivery", sa.Column("explanation", sa.Text(), nullable=True))
    op.add_column("transfer", sa.Column("explanation", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("transfer") as table:
        table.drop_column("explanation")
    with op.batch_alter_table("delivery") as table:
        table.drop_column("explanation")
        table.drop_column("doubt")
    for name, column in COUNTERS.items():
        with op.batch_alter_table(name) as table:
            table.drop_column(column)
    op.drop_table("promise")
