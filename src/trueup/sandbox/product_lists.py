"""Which products a list holds and in which order."""

from trueup.sandbox.paging import Where, add_common, add_dates, offset_of
from trueup.sandbox.router import Params
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc

COLUMNS = {
    "date": "created",
    "id": "id",
    "title": "name_key",
    "slug": "slug",
    "modified": "modified",
    "menu_order": "menu_order",
}


def product_where(shop: Shop, params: Params) -> Where:
    """The conditions of ``GET /products``. Variations only show up when they are asked for by SKU."""
    where = Where()
    _add_shelf(where, params)
    add_common(where, params)
    add_dates(shop, where, params)
    _add_texts(where, params)
    _add_terms(shop, where, params)
    _add_flags(where, params)
    return where


def _add_shelf(where: Where, params: Params) -> None:
    """Kind and status. A plus keeps SQLite from using the shelf's index where a better one fits."""
    few = any(params.get(name) for name in ("sku", "global_unique_id", "include", "slug"))
    by_code = few or params.get("search_sku") or params.get("search_name_or_sku")
    wanted = params.get("include_status") or ([params["status"]] if params["status"] != "any" else [])
    plus = "+" if few else ""
    if wanted and "any" not in wanted:
        where.one_of(f"{plus}status", wanted)
        where.add("type = 'variation'" if params.get("type") == "variation" else "type != 'variation'")
    elif params.get("type") == "variation":
        where.add(f"{plus}shelf = 'variation'")
    else:
        where.add(f"{plus}shelf IN ('product', 'variation')" if by_code else f"{plus}shelf = 'product'")
    if params.get("type") and params["type"] != "variation":
        where.add("type = ?", params["type"])
    if params.get("include_types"):
        where.one_of("type", params["include_types"])
    if params.get("exclude_types"):
        where.one_of("type", params["exclude_types"], negate=True)
    if params.get("exclude_status"):
        where.one_of("status", params["exclude_status"], negate=True)


def _add_texts(where: Where, params: Params) -> None:
    if params.get("sku"):
        where.one_of("sku_key", [sku.strip().lower() for sku in params["sku"].split(",")])
    if params.get("global_unique_id"):
        where.one_of("gtin", [code.strip() for code in params["global_unique_id"].split(",")])
    if params.get("slug"):
        where.one_of("slug", [slug.strip() for slug in params["slug"].split(",")])
    if params.get("search"):
        for word in params["search"].lower().split():
            where.add("(name_key LIKE ? OR sku_key LIKE ?)", f"%{word}%", f"%{word}%")
    if params.get("search_sku"):
        where.add("sku_key LIKE ?", f"%{params['search_sku'].lower()}%")
    if params.get("search_name_or_sku"):
        text = f"%{params['search_name_or_sku'].lower()}%"
        where.add("(name_key LIKE ? OR sku_key LIKE ?)", text, text)


def _add_terms(shop: Shop, where: Where, params: Params) -> None:
    for name in ("category", "tag", "brand", "shipping_class"):
        if params.get(name):
            _carrying(
                where, with_children(shop, [int(part) for part in params[name].split(",") if part.strip().isdigit()])
            )
    if params.get("attribute") and params.get("attribute_term"):
        known = shop.store.ids("attribute", "slug = ?", (params["attribute"],))
        if known:
            _carrying(where, [int(term) for term in params["attribute_term"] if str(term).isdigit()])


def _carrying(where: Where, ids: list[int]) -> None:
    marks = ",".join("?" * len(ids))
    where.add(f"id IN (SELECT product_id FROM product_term WHERE term_id IN ({marks}))", *ids)


def with_children(shop: Shop, ids: list[int]) -> list[int]:
    """Categories and everything below them."""
    below = shop.store.ids("term", f"parent IN ({','.join('?' * len(ids))})", ids) if ids else []
    return [*ids, *with_children(shop, below)] if below else ids


def _add_flags(where: Where, params: Params) -> None:
    for name, bit in (("virtual", 1), ("downloadable", 2)):
        if params.get(name) is not None:
            where.add(f"(flags & {bit}) = ?", bit if params[name] else 0)
    if params.get("featured") is not None:
        where.add("featured = ?", int(params["featured"]))
    if params.get("stock_status"):
        where.add("stock_status = ?", params["stock_status"])
    if params.get("tax_class"):
        where.add("tax_class = ?", "" if params["tax_class"] == "standard" else params["tax_class"])
    if params.get("on_sale") is not None:
        test = "sale IS NOT NULL AND price IS NOT NULL AND CAST(sale AS REAL) = price"
        where.add(f"({test})" if params["on_sale"] else f"NOT ({test})")
    if params.get("min_price"):
        where.add("price >= ?", float(params["min_price"]))
    if params.get("max_price"):
        where.add("price <= ?", float(params["max_price"]))
    for name in ("parent", "parent_exclude"):
        if params.get(name):
            where.one_of("parent_id", params[name], negate=name != "parent")


def order_sql(params: Params) -> str:
    way = params["order"]
    by = params["orderby"]
    if by in ("include", "post__in"):
        wanted = params.get("include") or []
        if wanted:
            return f"CASE id {' '.join(f'WHEN {id_} THEN {n}' for n, id_ in enumerate(wanted))} END"
        return "id ASC"
    if by == "price":
        return f"price {way}, id {way}"
    if by in ("popularity", "sales"):
        return f"total_sales {way}, id DESC"
    if by == "rating":
        return "id DESC"
    if by == "menu_order":
        return f"menu_order {way}, name_key {way}, id {way}"
    if by == "random":
        return "RANDOM()"
    column = COLUMNS[by]
    return f"id {way}" if column == "id" else f"{column} {way}, id {way}"


def find_products(shop: Shop, where: Where, params: Params) -> tuple[list[Doc], int]:
    """One page of documents and the number of all."""
    total = shop.store.counted("product", where.sql, where.params)
    offset = offset_of(params)
    if offset >= total:
        return [], total
    limit = int(params["per_page"])
    ids = shop.store.ids("product", where.sql, where.params, order=order_sql(params), limit=limit, offset=offset)
    return shop.store.get_all("product", ids), total
