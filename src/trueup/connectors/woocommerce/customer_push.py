"""The back office's number of a customer, written to the account in the shop. A guest has none to write it to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trueup.connectors.kit.errors import Gone, OutsideError, Rejected
from trueup.connectors.kit.ports import Done, Outcome, Parcel
from trueup.connectors.woocommerce.batches import rows_of
from trueup.connectors.woocommerce.client import Row, WooClient
from trueup.connectors.woocommerce.errors import code_of, item_error
from trueup.connectors.woocommerce.fields import meta_of
from trueup.domain.customer import CustomerNumber

NUMBER_KEY = "_erp_customer_no"
SYSTEM_KEY = "_erp_system"
AT_ONCE = 50
MISSING = frozenset({"wc_user_invalid_id", "woocommerce_rest_invalid_id"})


def push_customer_numbers(client: WooClient, parcels: Sequence[Parcel]) -> list[Outcome]:
    """One outcome per parcel; what an account has already is not written. Raises OutsideError if a call failed."""
    outcomes: dict[int, Outcome] = {}
    ready: dict[int, Parcel] = {}
    for place, parcel in enumerate(parcels):
        answer = _without_a_call(parcel)
        if answer is None:
            ready[place] = parcel
        else:
            outcomes[place] = answer
    places = list(ready)
    for start in range(0, len(places), AT_ONCE):
        some = places[start : start + AT_ONCE]
        answers = _pushed(client, [ready[place] for place in some])
        outcomes |= dict(zip(some, answers, strict=True))
    return [outcomes[place] for place in range(len(parcels))]


def _without_a_call(parcel: Parcel) -> Outcome | None:
    remote = parcel.remote or ""
    if parcel.facet(CustomerNumber) is None or not remote:
        return Rejected(f"Customer {parcel.label} is led by the shop: only its number is written.")
    if not remote.isdecimal():
        return Done(remote=remote, note="A guest has no account in the shop, so the number was not written.")
    return None


def _pushed(client: WooClient, parcels: Sequence[Parcel]) -> list[Outcome]:
    known = _accounts(client, [parcel.remote or "" for parcel in parcels])
    wanted = {parcel.remote or "": _meta(parcel) for parcel in parcels}
    changed = [id for id, row in known.items() if not wanted[id].items() <= meta_of(row).items()]
    failed, request_id = _written(client, {id: wanted[id] for id in changed}, parcels)
    return [failed.get(parcel.remote or "") or _outcome(parcel, known, request_id) for parcel in parcels]


def _outcome(parcel: Parcel, known: Mapping[str, Row], request_id: str | None) -> Outcome:
    if parcel.remote is None or parcel.remote not in known:
        return _gone(parcel)
    return Done(remote=parcel.remote, status=200, request_id=request_id)


def _gone(parcel: Parcel) -> Gone:
    return Gone(f"Customer {parcel.label} no longer has an account in the shop. Skip this with a reason.")


def _accounts(client: WooClient, ids: Sequence[str]) -> dict[str, Row]:
    query = {"include": ",".join(dict.fromkeys(ids)), "role": "all", "_fields": "id,meta_data"}
    return {str(row["id"]): row for page in client.by_id("customers", **query) for row in page.rows}


def _meta(parcel: Parcel) -> dict[str, str]:
    number = parcel.facet(CustomerNumber)
    assert number is not None
    return {NUMBER_KEY: number.number, SYSTEM_KEY: number.system}


def _written(
    client: WooClient, wanted: Mapping[str, Mapping[str, str]], parcels: Sequence[Parcel]
) -> tuple[dict[str, OutsideError], str | None]:
    """The accounts that refused their number, by id, and the call's request id."""
    if not wanted:
        return {}, None
    body = [{"id": int(id), "meta_data": [{"key": k, "value": v} for k, v in m.items()]} for id, m in wanted.items()]
    data, answer = client.send("POST", "customers/batch", {"update": body})
    results = zip(wanted, rows_of(data, "update", len(wanted)), strict=True)
    named = {parcel.remote: parcel for parcel in parcels}
    failed = {id: refusal(named[id], row["error"], answer.request_id) for id, row in results if "error" in row}
    return failed, answer.request_id


def refusal(parcel: Parcel, error: Any, request_id: str) -> OutsideError:
    if code_of(error) in MISSING:
        return _gone(parcel)
    return item_error(error, what=f"Customer {parcel.label}", request_id=request_id, creating=False)
