"""Parcels as the engine makes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from trueup.connectors.kit.errors import OutsideError
from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.domain.order import Receipt
from trueup.domain.product import Attribute, Choice, Price, Product, ProductType, Stock
from trueup.domain.record import Kind, Record, Ref

SIZES = Attribute(name="Size", options=("S", "M", "L"), for_variants=True)


def product(sku: str | None = "MUG", **changes: Any) -> Product:
    fields: dict[str, Any] = {"id": f"erp-{sku}", "sku": sku, "name": f"Article {sku}"}
    return Product(**{**fields, **changes})


def price(sku: str = "MUG", regular: str = "12.50", **changes: Any) -> Price:
    return Price(id=f"erp-{sku}", sku=sku, regular=Decimal(regular), **changes)


def stock(sku: str = "MUG", quantity: str = "7", **changes: Any) -> Stock:
    return Stock(id=f"erp-{sku}", sku=sku, quantity=Decimal(quantity), **changes)


def shirt(**changes: Any) -> Product:
    return product("SHIRT", type=ProductType.VARIABLE, attributes=(SIZES,), **changes)


def variant(size: str, **changes: Any) -> Product:
    fields: dict[str, Any] = {
        "type": ProductType.VARIANT,
        "parent": "erp-SHIRT",
        "choices": (Choice(name="Size", option=size),),
    }
    return product(f"SHIRT-{size}", **{**fields, **changes})


def parcel(*facets: Record, remote: str | None = None, links: dict[str, str] | None = None) -> Parcel:
    first = facets[0]
    return Parcel(
        ref=first.ref,
        label=first.label,
        reference=first.natural_key,
        remote=remote,
        facets=facets,
        links={Ref(kind=Kind.PRODUCT, id=id): there for id, there in (links or {}).items()},
    )


def receipt_parcel(order_id: str, number: str = "SO-77", system: str = "Sample ERP") -> Parcel:
    receipt = Receipt(id=number, document_number=number, system=system, order_number=order_id)
    return Parcel(
        ref=Ref(kind=Kind.ORDER, id=order_id), label=order_id, reference=None, remote=order_id, facets=(receipt,)
    )


def done(outcome: Outcome) -> Done:
    assert isinstance(outcome, Done), outcome
    return outcome


def refused(outcome: Outcome, kind: type[OutsideError]) -> OutsideError:
    assert type(outcome) is kind, outcome
    assert outcome.sentence.endswith("."), outcome.sentence
    return outcome
