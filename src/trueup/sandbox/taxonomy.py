"""Terms of every kind: categories, tags, brands, shipping classes and the terms of attributes, in one table."""

from typing import Any

from trueup.sandbox.errors import WooError
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc, Table, Value
from trueup.sandbox.texts import kses, slug_of

TERMS = Table(
    name="term",
    columns={"taxonomy": "TEXT", "name_key": "TEXT", "slug": "TEXT", "parent": "INTEGER", "menu_order": "INTEGER"},
    of=lambda doc: {
        "taxonomy": doc["taxonomy"],
        "name_key": doc["name"].lower(),
        "slug": doc["slug"],
        "parent": doc["parent"],
        "menu_order": doc["menu_order"],
    },
    indexes=("taxonomy, name_key", "taxonomy, slug"),
)
ATTRIBUTES = Table(name="attribute", columns={"slug": "TEXT"}, of=lambda doc: {"slug": doc["slug"]})
CATEGORY, TAG, BRAND, SHIPPING_CLASS = "product_cat", "product_tag", "product_brand", "product_shipping_class"
HIERARCHICAL = {CATEGORY, BRAND}
DEFAULT_CATEGORY = 15


def attribute_taxonomy(attribute_id: int) -> str:
    return f"attribute_{attribute_id}"


def seed_terms(shop: Shop) -> None:
    """What a fresh shop has: the category for everything without one."""
    if shop.store.get("term", DEFAULT_CATEGORY) is None:
        shop.store.set_counter("term", DEFAULT_CATEGORY - 1)
        add_term(shop, CATEGORY, "Uncategorized")


def find_term(shop: Shop, taxonomy: str, name: Any) -> Doc | None:
    """The term of that name (upper and lower case alike), else the one of that slug."""
    text = kses(str(name)).lower()
    for column, value in (("name_key", text), ("slug", slug_of(str(name)) or text)):
        ids = shop.store.ids("term", f"taxonomy = ? AND {column} = ?", (taxonomy, value), limit=1)
        if ids:
            return shop.term(ids[0])
    return None


def add_term(shop: Shop, taxonomy: str, name: str, **more: Any) -> Doc:
    """A new term. Raises WooError 400 ``term_exists`` with the owner's id, or ``missing_parent``."""
    parent = int(more.get("parent") or 0)
    if parent and shop.term(parent) is None:
        raise WooError(400, "missing_parent", "Parent term does not exist.")
    _refuse_double(shop, taxonomy, name, parent, more.get("slug"))
    doc: Doc = {
        "id": shop.store.next_id("term"),
        "taxonomy": taxonomy,
        "name": kses(name),
        "slug": _free_slug(shop, taxonomy, more.get("slug") or name, parent),
        "description": more.get("description") or "",
        "parent": parent,
        "menu_order": int(more.get("menu_order") or 0),
        "display": more.get("display") or "default",
        "image": more.get("image"),
    }
    shop.store.insert("term", doc)
    return doc


def _refuse_double(shop: Shop, taxonomy: str, name: str, parent: int, slug: Any) -> None:
    where = "taxonomy = ? AND name_key = ?"
    params: list[Value] = [taxonomy, kses(name).lower()]
    if taxonomy in HIERARCHICAL:
        where, params = f"{where} AND parent = ?", [*params, parent]
    owner = shop.store.ids("term", where, params, limit=1)
    if not owner and slug:
        owner = shop.store.ids("term", "taxonomy = ? AND slug = ?", (taxonomy, slug_of(str(slug))), limit=1)
    if owner:
        place = "with this parent" if taxonomy in HIERARCHICAL else "in this taxonomy"
        text = f"A term with the name provided already exists {place}."
        raise WooError(400, "term_exists", text, {"resource_id": owner[0]})


def _free_slug(shop: Shop, taxonomy: str, text: str, parent: int) -> str:
    wanted = slug_of(str(text))
    above = shop.term(parent)
    if above is not None and _taken(shop, taxonomy, wanted):
        wanted = f"{wanted}-{above['slug']}"
    slug, number = wanted, 1
    while _taken(shop, taxonomy, slug):
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def _taken(shop: Shop, taxonomy: str, slug: str) -> bool:
    return shop.store.count("term", "taxonomy = ? AND slug = ?", (taxonomy, slug)) > 0


def suggested_slug(shop: Shop, taxonomy: str, name: str) -> str:
    return _free_slug(shop, taxonomy, name, 0)


def term_for(shop: Shop, taxonomy: str, name: Any) -> Doc:
    """The term of that name, made if it is not there."""
    return find_term(shop, taxonomy, name) or add_term(shop, taxonomy, str(name))


def save_term(shop: Shop, doc: Doc) -> None:
    shop.store.update("term", doc)
    shop.forget_terms()


def drop_term(shop: Shop, id_: int) -> None:
    shop.store.delete("term", id_)
    shop.store.query("DELETE FROM product_term WHERE term_id = ?", (id_,))
    shop.forget_terms()


def terms_of(shop: Shop, taxonomy: str) -> list[Doc]:
    return shop.store.select("term", "taxonomy = ?", (taxonomy,), order="name_key, id")


def usage(shop: Shop, id_: int) -> int:
    """How many published products carry a term."""
    sql = (
        "SELECT COUNT(*) FROM product_term t JOIN product p ON p.id = t.product_id "
        "WHERE t.term_id = ? AND p.status = 'publish'"
    )
    return int(shop.store.query(sql, (id_,))[0][0])


def brief(doc: Doc) -> Doc:
    return {"id": doc["id"], "name": doc["name"], "slug": doc["slug"]}


def attribute(shop: Shop, id_: Any) -> Doc | None:
    return shop.store.get("attribute", int(id_)) if isinstance(id_, int) and id_ else None
