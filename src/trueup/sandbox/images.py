"""Pictures: every ``src`` becomes a new attachment, however often it was sent before."""

from typing import Any

from trueup.sandbox.errors import WooError
from trueup.sandbox.router import Call
from trueup.sandbox.shop import ImageRefused, Shop
from trueup.sandbox.store import Doc, Table

ATTACHMENTS = Table(
    name="attachment", columns={"file": "TEXT"}, of=lambda doc: {"file": doc["file"]}, indexes=("file",)
)


def take_in(shop: Shop, entry: Doc, *, burned: int = 0) -> int:
    """The attachment id an image entry means: the one named by ``id``, or a new one made from ``src``."""
    given = entry.get("id")
    if given:
        if shop.store.get("attachment", int(given)) is None:
            raise WooError(400, "woocommerce_product_invalid_image_id", f"#{given} is an invalid image ID.")
        _describe(shop, int(given), entry)
        return int(given)
    return _side_load(shop, entry)


def _side_load(shop: Shop, entry: Doc) -> int:
    src = str(entry.get("src", ""))
    try:
        name = shop.image_source(src)
    except ImageRefused as refusal:
        raise WooError(400, "woocommerce_product_image_upload_error", str(refusal)) from refusal
    now = shop.now()
    id_ = shop.store.next_id("post")
    file = _free_file(shop, f"{now:%Y/%m}", name)
    title = entry.get("name") or name
    doc = {"id": id_, "file": file, "created": shop.now_iso(), "name": title, "alt": entry.get("alt") or ""}
    shop.store.insert("attachment", doc)
    return id_


def _free_file(shop: Shop, folder: str, name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    file, number = f"{folder}/{name}", 0
    while shop.store.count("attachment", "file = ?", (file,)):
        number += 1
        file = f"{folder}/{stem}-{number}{dot}{ending}"
    return file


def _describe(shop: Shop, id_: int, entry: Doc) -> None:
    doc = shop.store.get("attachment", id_)
    if doc is not None and (entry.get("name") or entry.get("alt")):
        shop.store.update(
            "attachment", {**doc, "name": entry.get("name") or doc["name"], "alt": entry.get("alt") or doc["alt"]}
        )


def image_view(shop: Shop, call: Call, id_: Any, *, sizes: bool = False, shifted: bool = True) -> Doc | None:
    """An attachment as products show it. Its local dates are shifted by the time zone twice, as in the real shop."""
    doc = shop.store.get("attachment", int(id_)) if id_ else None
    if doc is None:
        return None
    src = f"{call.base}/wp-content/uploads/{doc['file']}"
    view: Doc = {"id": doc["id"]}
    for name in ("date_created", "date_modified"):
        dates = shop.dates(name, doc["created"])
        shown = shop.dates("shown", dates[name])["shown"] if shifted else dates[name]
        view.update({name: shown, f"{name}_gmt": doc["created"]})
    view |= {"src": src, "name": doc["name"], "alt": doc["alt"]}
    if sizes:
        view |= {"srcset": "", "sizes": "(max-width: 32px) 100vw, 32px", "thumbnail": src}
    return view
