"""The back office's customer number on the account in the shop; never on a guest."""

from __future__ import annotations

import pytest

from trueup.connectors.kit.errors import Gone, OutsideError, Rejected
from trueup.connectors.kit.ports import Parcel
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.connector import WooCommerce
from trueup.connectors.woocommerce.customer_push import refusal
from trueup.domain.customer import CustomerNumber
from trueup.domain.record import Kind, Ref
from trueup.sandbox import RunningShop

from .parcels import done, receipt_parcel, refused

BATCH = "POST /customers/batch"


def account(api: WooClient, n: int = 1) -> str:
    row, _ = api.send("POST", "customers", {"email": f"eva{n}@example.test", "first_name": "Eva"})
    return str(row["id"])


def numbered(remote: str | None, number: str = "D10002") -> Parcel:
    id = CustomerNumber.id_of("77", remote or "")
    record = CustomerNumber(id=id, customer=remote or "", number=number, system="Sample ERP", name="Eva")
    return Parcel(ref=Ref(kind=Kind.CUSTOMER, id=id), label="Eva", reference=None, remote=remote, facets=(record,))


def meta_of(api: WooClient, id: str) -> dict[str, str]:
    rows = api.get(f"customers/{id}")["meta_data"]
    return {row["key"]: row["value"] for row in rows if row["key"].startswith("_erp")}


def test_the_number_stands_on_the_account_with_the_system_that_it_is_of(woo: WooCommerce, api: WooClient) -> None:
    id = account(api)
    assert done(woo.push([numbered(id)])[0]).remote == id
    assert meta_of(api, id) == {"_erp_customer_no": "D10002", "_erp_system": "Sample ERP"}


def test_a_number_that_is_there_already_is_not_written_again_and_a_new_one_is(
    woo: WooCommerce, shop: RunningShop, api: WooClient
) -> None:
    id = account(api)
    for _ in range(3):
        done(woo.push([numbered(id)])[0])
    assert shop.log.counts[BATCH] == 1
    done(woo.push([numbered(id, "D20000")])[0])
    assert meta_of(api, id)["_erp_customer_no"] == "D20000"


@pytest.mark.parametrize("remote", ["guest-all", "guest-0a1b2c", "guest-order-7"])
def test_a_guest_has_no_account_and_nothing_is_asked_or_written(
    woo: WooCommerce, shop: RunningShop, remote: str
) -> None:
    outcome = done(woo.push([numbered(remote)])[0])
    assert (outcome.remote, "guest" in str(outcome.note)) == (remote, True)
    assert shop.log.total == 0


def test_many_accounts_share_calls_and_one_that_is_gone_spoils_no_other(
    woo: WooCommerce, shop: RunningShop, api: WooClient
) -> None:
    ids = [account(api, n) for n in range(60)]
    api.send("DELETE", f"customers/{ids[3]}?force=true", None)
    shop.log.clear()
    outcomes = woo.push([numbered(id) for id in ids])
    assert "no longer has an account" in refused(outcomes[3], Gone).sentence
    assert [done(outcome).remote for n, outcome in enumerate(outcomes) if n != 3] == [*ids[:3], *ids[4:]]
    assert shop.log.counts == {"GET /customers": 2, BATCH: 2}


def test_an_account_that_the_shop_refuses_in_a_batch_is_told_by_its_code() -> None:
    missing = {"code": "wc_user_invalid_id", "message": "Invalid user ID.", "data": {"status": 404}}
    denied = {"code": "woocommerce_rest_cannot_edit", "message": "Sorry.", "data": {"status": 401}}
    assert isinstance(refusal(numbered("7"), missing, "r1"), Gone)
    error = refused(refusal(numbered("7"), denied, "r1"), Rejected)
    assert error.sentence.startswith("Customer Eva could not be transferred to the shop")


def test_anything_else_of_a_customer_is_refused(woo: WooCommerce, shop: RunningShop) -> None:
    other = Parcel(
        ref=Ref(kind=Kind.CUSTOMER, id="77"), label="Eva", reference=None, remote="7", facets=receipt_parcel("7").facets
    )
    for outcome in woo.push([numbered(None), other]):
        assert "only its number is written" in refused(outcome, Rejected).sentence
    assert shop.log.total == 0


def test_a_call_that_fails_as_a_whole_is_raised(woo: WooCommerce, shop: RunningShop, api: WooClient) -> None:
    id = account(api)
    shop.faults.add("error", route="/customers/batch", status=503)
    with pytest.raises(OutsideError):
        woo.push([numbered(id)])
