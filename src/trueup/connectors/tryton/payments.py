"""How an order was paid, as Tryton's sale says it: its payment term, and a word on whether the money is there. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from trueup.connectors.kit.errors import Rejected
from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.settings import Paid, Settings
from trueup.domain.order import Order


def payment_of(order: Order, settings: Settings, terms: Mapping[str, int], default: int | None) -> Row:
    """The sale's payment term and description. `terms` are ids by payment method; without any, every order has the
    default term. An order over nothing needs no payment method. Raises Rejected, naming a method that is not mapped.
    """
    if not settings.payment_terms:
        return {"payment_term": default}
    method = order.payment_method
    if method is None and not order.total:
        return {"payment_term": default, "description": "nothing to pay"}
    if method is None:
        raise Rejected(
            "it names no payment method. Set one in the shop, or enter the order by hand.", field="payment method"
        )
    if method not in terms:
        called = f"{method} ({order.payment_title})" if order.payment_title else method
        raise Rejected(
            f"the payment method {called} has no payment term in the connection's settings. Add it to payment_terms, "
            "then retry.",
            field="payment method",
        )
    words = "paid" if is_paid(order, settings.paid.get(method, Paid.WHEN_PAID)) else "not paid yet"
    return {"payment_term": terms[method], "description": f"{order.payment_title or method}: {words}"}


def is_paid(order: Order, rule: Paid) -> bool:
    return rule is Paid.ALWAYS or (rule is Paid.WHEN_PAID and order.paid_at is not None)
