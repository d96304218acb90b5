"""The tables. What each column promises stands beside it; the queries stand in the other modules of this room."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from trueup.store.database import Exact, JsonText, UtcTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_ONE_TO_ONE = text("thing <> 'customer'")

connection = Table(
    "connection",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("system", Text, nullable=False),
    Column("settings", JsonText, nullable=False),
    Column("sealed", Text),  # the secret settings, encrypted
    Column("findings", JsonText),  # of the last verification
    Column("verified_at", UtcTime),
    Column("paused_until", UtcTime),  # the breaker: nothing is sent before this moment
    Column("pause_sentence", Text),
    Column("failures", Integer, nullable=False, default=0),  # failed calls in a row
    Column("last_ok_at", UtcTime),
    Column("hook_secret", Text),  # sealed
    Column(
        "stock_writes", Integer, nullable=False, server_default="0"
    ),  # how often stock was, or was about to be, sent
    Column("created_at", UtcTime, nullable=False),
)

flow = Table(
    "flow",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("leader_id", ForeignKey("connection.id"), nullable=False),
    Column("active", Boolean, nullable=False, default=False),
    Column("schedule", JsonText, nullable=False),
    Column("settings", JsonText, nullable=False),
    Column("cursor_at", UtcTime),  # newest change seen; moves only with the page that it came from
    Column("due_at", UtcTime),  # next scheduled start
    Column("wanted_at", UtcTime),  # "start now" was asked for
    Column("read_at", UtcTime),  # when a run last read everything to the end
    Column("writes_seen", Integer, nullable=False, server_default="0"),  # its leader's stock_writes when that run began
    Column("created_at", UtcTime, nullable=False),
)

flow_follower = Table(
    "flow_follower",
    metadata,
    Column("flow_id", ForeignKey("flow.id"), primary_key=True),
    Column("follower_id", ForeignKey("connection.id"), primary_key=True),
)

record = Table(
    "record",
    metadata,
    Column("leader_id", ForeignKey("connection.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("ref", Text, primary_key=True),  # the leader's id
    Column("label", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("changed_at", UtcTime),  # by the leader's clock
    Column("first_seen_at", UtcTime, nullable=False),
    Column("stored_at", UtcTime, nullable=False),
    Index("ix_record_label", "label"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("flow_id", ForeignKey("flow.id"), nullable=False),
    Column("follower_id", ForeignKey("connection.id"), nullable=False),
    Column("leader_id", ForeignKey("connection.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("thing", Text, nullable=False),  # the kind whose link it needs: product, customer, order
    Column("lane", Text, nullable=False),  # what is worked off one at a time: catalogue, order
    Column("rank", Integer, nullable=False),  # parents and customers before what needs them
    Column("label", Text, nullable=False),
    Column("state", Text, nullable=False),  # due, waiting, done, quarantined, skipped
    Column("wanted_hash", Text, nullable=False),
    Column("sent_hash", Text),
    Column("sent_payload", Text),  # orders: the version that was transferred last
    Column("recount", Integer, nullable=False, server_default="0"),  # stock: how often promises made it due again
    Column("doubt", Boolean, nullable=False, server_default=false()),  # stock: the shop may show another number
    Column("explanation", Text),  # stock: the sum that the shop shows
    Column("attempts", Integer, nullable=False, default=0),
    Column("failing_since", UtcTime),
    Column("not_before", UtcTime),
    Column("waits_for", Text),  # "kind:id" of the leader's thing that has to be linked first
    Column("error", Text),  # class
    Column("sentence", Text),
    Column("due_since", UtcTime, nullable=False),
    Column("done_at", UtcTime),
    UniqueConstraint("flow_id", "follower_id", "kind", "ref"),
    Index("ix_delivery_work", "state", "follower_id", "lane", "rank", "id"),
    Index("ix_delivery_thing", "leader_id", "thing", "ref"),
    Index("ix_delivery_flow_state", "flow_id", "follower_id", "state"),
    Index("ix_delivery_waits", "follower_id", "state", "waits_for"),
)

link = Table(
    "link",
    metadata,
    Column("follower_id", ForeignKey("connection.id"), primary_key=True),
    Column("leader_id", ForeignKey("connection.id"), primary_key=True),
    Column("thing", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("remote", Text, nullable=False),
    Column("document", Text),
    Column("how", Text, nullable=False),  # created, adopted, matched (it looked alike), decided (by a person)
    Column("created_at", UtcTime, nullable=False),
    Index("ix_link_remote", "follower_id", "leader_id", "thing", "remote"),
    # Several customers of a shop may be one person in the follower; everything else is one to one.
    Index(
        "uq_link_remote",
        *("follower_id", "leader_id", "thing", "remote"),
        unique=True,
        sqlite_where=_ONE_TO_ONE,
        postgresql_where=_ONE_TO_ONE,
    ),
)

customer_match = Table(
    "customer_match",
    metadata,
    Column("follower_id", ForeignKey("connection.id"), primary_key=True),
    Column("leader_id", ForeignKey("connection.id"), primary_key=True),
    Column("ref", Text, primary_key=True),  # the leader's id of the customer
    Column("state", Text, nullable=False),  # matched (certain), asked, linked or new (a person decided)
    Column("remote", Text),  # whom the follower has already and the customer is
    Column("reason", Text),  # what agrees, or what the person said
    Column("candidates", JsonText, nullable=False),  # whom the person was shown, with what agrees of each
    Column("decided_by", Text),
    Column("asked_at", UtcTime, nullable=False),
    Column("decided_at", UtcTime),
)

intent = Table(
    "intent",
    metadata,
    Column("follower_id", ForeignKey("connection.id"), primary_key=True),
    Column("leader_id", ForeignKey("connection.id"), primary_key=True),
    Column("thing", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("reference", Text),
    Column("opened_at", UtcTime, nullable=False),
    Column("tries", Integer, nullable=False, default=1),
    Column("ask_after", UtcTime),  # a lost answer: the follower may still be working on it
)

transfer = Table(
    "transfer",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("delivery_id", ForeignKey("delivery.id"), nullable=False),
    Column("follower_id", ForeignKey("connection.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("payload_hash", Text, nullable=False),
    Column("target", Text),  # the thing's id in the follower
    Column("outcome", Text, nullable=False),  # created, adopted, updated, unchanged, or the error's class
    Column("status", Integer),
    Column("sentence", Text),
    Column("explanation", Text),  # stock: the sum that was sent
    Column("duration_ms", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("ix_transfer_delivery_id", "delivery_id"),
    Index("ix_transfer_at", "at"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("flow_id", ForeignKey("flow.id"), nullable=False),
    Column("leader_id", ForeignKey("connection.id"), nullable=False),
    Column("follower_id", Integer, nullable=False, default=0),  # 0: it was set aside when it was read
    Column("kind", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("field", Text),
    Column("error", Text),  # its class, if a follower refused it: locked, conflict, ambiguous, rejected, gone ...
    Column("sentence", Text, nullable=False),
    Column("raw", Text),  # as it was read, so that nothing is lost
    Column("hash", Text),
    Column("state", Text, nullable=False),  # open, skipped, resolved
    Column("times", Integer, nullable=False, default=1),
    Column("opened_at", UtcTime, nullable=False),
    Column("closed_at", UtcTime),
    Column("closed_by", Text),
    Column("reason", Text),
    UniqueConstraint("flow_id", "follower_id", "kind", "ref"),
    Index("ix_quarantine_state", "state"),
    Index("ix_quarantine_thing", "leader_id", "kind", "ref"),
)

order_life = Table(
    "order_life",
    metadata,
    Column("leader_id", ForeignKey("connection.id"), primary_key=True),
    Column("ref", Text, primary_key=True),  # the leader's id of the order
    Column("number", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("stage", Text),  # the leader's, when the order was looked at last
    Column("units", Exact),  # of goods, when the follower made its document
    Column("began_at", UtcTime, nullable=False),
    Column("moved_at", UtcTime, nullable=False),
    Column("refused", Text),  # the move that must not be, as long as the systems ask for it
    Column("sentence", Text),  # why not, and what to do
    Column("refused_at", UtcTime),
    Column("settled_by", Text),  # who has seen to it
    Column("reason", Text),
    Column("settled_at", UtcTime),
    Index("ix_order_life_state", "state", "moved_at"),
    Index("ix_order_life_refused", "refused", "settled_at"),
)

order_move = Table(
    "order_move",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("leader_id", ForeignKey("connection.id"), nullable=False),
    Column("ref", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("sentence", Text),  # of a move that was refused: the order stayed where it was
    Column("at", UtcTime, nullable=False),
    Index("ix_order_move_order", "leader_id", "ref"),
    Index("ix_order_move_pair", "before", "after", "by"),
)

order_change = Table(
    "order_change",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("leader_id", ForeignKey("connection.id"), nullable=False),
    Column("ref", Text, nullable=False),
    Column("what", JsonText, nullable=False),  # [part, line] of everything that differs, without its content
    Column("at", UtcTime, nullable=False),
    Index("ix_order_change_order", "leader_id", "ref"),
)

run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("flow_id", ForeignKey("flow.id"), nullable=False),
    Column("cause", Text, nullable=False),  # schedule, start now, webhook, retry
    Column("state", Text, nullable=False),  # running, done, failed
    Column("read", Integer, nullable=False, default=0),
    Column("changed", Integer, nullable=False, default=0),
    Column("quarantined", Integer, nullable=False, default=0),
    Column("sentence", Text),
    Column("started_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Index("ix_run_flow_id", "flow_id", "id"),
)

lane = Table(
    "lane",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text),
    Column("token", Integer, nullable=False, default=0),  # the fence: a holder with an older token writes nothing
    Column("lease_until", UtcTime),
    Column("pace", JsonText),
)

hint = Table(
    "hint",
    metadata,
    Column("connection_id", ForeignKey("connection.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("times", Integer, nullable=False, default=1),
    Column("noted_at", UtcTime, nullable=False),
)

user = Table(
    "user_account",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("user_id", ForeignKey("user_account.id"), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)

promise = Table(
    "promise",
    metadata,
    Column("shop_id", ForeignKey("connection.id"), primary_key=True),
    Column("order_ref", Text, primary_key=True),
    Column("line", Text, primary_key=True),
    Column("number", Text, nullable=False),  # the order's, as people call it
    Column("product", Text),  # the shop's id of the article
    Column("sku", Text),
    Column("sku_key", Text),  # the SKU as it is compared
    Column("quantity", Exact, nullable=False),
    Column("refunded", Exact, nullable=False),
    Column("stage", Text, nullable=False),
    Column("dropped", Text),  # why the order does not want it any more
    Column("ended", Text),  # why the back office will not deliver it
    Column("contained", Exact, nullable=False),  # units that the leader's number, as read last, is without
    Column("told", JsonText, nullable=False),  # what the leader was told since: [units in all, moment, why]
    Column("told_at", UtcTime),  # the first of those moments
    Column("known_by", Text),  # why the leader's number contains it
    Column("counted", Exact, nullable=False),  # units that are subtracted from the leader's number
    Column("live", Boolean, nullable=False),  # whether something counts
    Column("promised_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("released_at", UtcTime),
    Index("ix_promise_product", "shop_id", "live", "product"),
    Index("ix_promise_sku", "live", "sku_key"),
    Index("ix_promise_told", "shop_id", "told_at"),
    Index("ix_promise_expires", "shop_id", "live", "expires_at"),
)
