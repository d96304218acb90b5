"""The ERP's document number on the shop's order: meta data and one private note, however often it is written."""

from __future__ import annotations

import pytest

from trueup.connectors.kit.errors import Gone, OutsideError, Rejected, TryLater
from trueup.connectors.woocommerce.client import WooClient
from trueup.connectors.woocommerce.connector import WooCommerce
from trueup.sandbox import RunningShop

from .parcels import done, receipt_parcel, refused
from .test_orders import place_orders

NOTES = "/orders/{order_id}/notes"


def notes_of(api: WooClient, id: str) -> list[str]:
    return [row["note"] for row in api.rows(f"orders/{id}/notes") if row["note"].startswith("Transferred")]


def meta_of(api: WooClient, id: str) -> dict[str, str]:
    return {row["key"]: row["value"] for row in api.get(f"orders/{id}")["meta_data"] if row["key"].startswith("_erp")}


def test_the_number_arrives_as_meta_and_as_a_private_note_and_the_status_stays(
    woo: WooCommerce, api: WooClient
) -> None:
    (id,) = place_orders(api, 1)
    outcome = done(woo.push([receipt_parcel(id)])[0])
    assert (outcome.remote, outcome.created) == (id, False)
    assert meta_of(api, id) == {"_erp_document_no": "SO-77", "_erp_system": "Sample ERP"}
    (note,) = (row for row in api.rows(f"orders/{id}/notes") if row["note"].startswith("Transferred"))
    assert note["note"] == "Transferred to Sample ERP as SO-77."
    assert note["customer_note"] is False
    assert api.get(f"orders/{id}")["status"] == "processing"


def test_written_again_it_is_still_one(woo: WooCommerce, api: WooClient) -> None:
    (id,) = place_orders(api, 1)
    for _ in range(3):
        done(woo.push([receipt_parcel(id, system="Kiln & <Co>")])[0])
    assert len(notes_of(api, id)) == 1
    keys = [row["key"] for row in api.get(f"orders/{id}")["meta_data"] if row["key"].startswith("_erp")]
    assert sorted(keys) == ["_erp_document_no", "_erp_system"]


@pytest.mark.parametrize("fault", ["done_then_error", "done_then_drop", "error", "drop"])
def test_a_note_whose_answer_was_lost_is_not_written_twice(
    woo: WooCommerce, shop: RunningShop, api: WooClient, fault: str
) -> None:
    (id,) = place_orders(api, 1)
    shop.faults.add(fault, method="POST", route=NOTES, times=1)
    assert isinstance(woo.push([receipt_parcel(id)])[0], TryLater)
    assert meta_of(api, id)["_erp_document_no"] == "SO-77", "the meta data go first"
    done(woo.push([receipt_parcel(id)])[0])
    assert len(notes_of(api, id)) == 1


def test_a_number_that_is_there_already_is_not_written_again(
    woo: WooCommerce, shop: RunningShop, api: WooClient
) -> None:
    (id,) = place_orders(api, 1)
    done(woo.push([receipt_parcel(id)])[0])
    before = api.get(f"orders/{id}")["date_modified_gmt"]
    shop.log.clear()
    done(woo.push([receipt_parcel(id)])[0])
    assert not [route for route in shop.log.counts if not route.startswith("GET ")]
    assert api.get(f"orders/{id}")["date_modified_gmt"] == before, "nothing comes back as a change"
    done(woo.push([receipt_parcel(id, number="SO-78")])[0])
    assert meta_of(api, id)["_erp_document_no"] == "SO-78"


def test_an_order_in_the_bin_gets_its_number_and_stays_there(woo: WooCommerce, api: WooClient) -> None:
    (id,) = place_orders(api, 1)
    api.send("DELETE", f"orders/{id}", None)
    done(woo.push([receipt_parcel(id)])[0])
    assert meta_of(api, id)["_erp_document_no"] == "SO-77"
    assert api.get(f"orders/{id}")["status"] == "trash"


def test_many_orders_share_one_call_for_their_meta(woo: WooCommerce, shop: RunningShop, api: WooClient) -> None:
    ids = place_orders(api, 60)
    shop.log.clear()
    outcomes = woo.push([receipt_parcel(id, number=f"SO-{id}") for id in ids])
    assert [done(outcome).remote for outcome in outcomes] == ids
    assert shop.log.counts["POST /orders/batch"] == 2
    assert meta_of(api, ids[59])["_erp_document_no"] == f"SO-{ids[59]}"


def test_one_order_that_is_gone_spoils_no_other(woo: WooCommerce, api: WooClient) -> None:
    first, gone, last = place_orders(api, 3)
    api.send("DELETE", f"orders/{gone}?force=true", None)
    outcomes = woo.push([receipt_parcel(id) for id in (first, gone, last)])
    assert done(outcomes[0]).remote == first
    assert f"Order {gone} no longer exists in the shop" in refused(outcomes[1], Gone).sentence
    assert done(outcomes[2]).remote == last


def test_anything_else_of_an_order_is_refused(woo: WooCommerce, shop: RunningShop) -> None:
    unlinked = receipt_parcel("7")
    outcome = woo.push(
        [type(unlinked)(ref=unlinked.ref, label="7", reference=None, remote=None, facets=unlinked.facets)]
    )
    assert "only its document number, its shipments" in refused(outcome[0], Rejected).sentence
    assert shop.log.total == 0


def test_a_call_that_fails_as_a_whole_is_raised(woo: WooCommerce, shop: RunningShop, api: WooClient) -> None:
    (id,) = place_orders(api, 1)
    shop.faults.add("error", route="/orders/batch", status=503)
    with pytest.raises(OutsideError):
        woo.push([receipt_parcel(id)])
