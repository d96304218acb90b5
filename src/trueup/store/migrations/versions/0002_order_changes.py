"""The version of an order that was transferred last, and why something was refused."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("delivery") as table:
        table.add_column(sa.Column("sent_payload", sa.Text(), nullable=True))
    with op.batch_alter_table("quarantine") as table:
        table.add_column(sa.Column("error", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("quarantine") as table:
        table.drop_column("error")
    with op.batch_alter_table("delivery") as table:
        table.drop_column("sent_payload")
