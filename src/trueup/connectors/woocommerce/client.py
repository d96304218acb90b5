"""The shop's API as plain calls: JSON in and out, errors inside a 200 found, the settings that money depends on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from trueup.clock import Clock, utc_now
from trueup.connectors.kit.errors import Misconfigured, Rejected, TryLater
from trueup.connectors.kit.http import Answer, Http, HttpOptions, Signer, http_date
from trueup.connectors.kit.statuses import error_of_status
from trueup.connectors.woocommerce.errors import explain
from trueup.connectors.woocommerce.remembered import Remembered
from trueup.connectors.woocommerce.settings import Settings
from trueup.connectors.woocommerce.signing import signer

API = "wp-json/wc/v3"
PER_PAGE = 100
FACTS_LAST = 60.0
OAUTH_WINDOW = timedelta(minutes=15)
CLOCKS_APART = "clocks_apart"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopFacts:
    """The shop's settings that decide what its numbers mean."""

    currency: str
    decimals: int
    taxes: bool
    prices_include_tax: bool
    round_at_subtotal: bool
    kilograms_per_unit: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """One page of a list; `asked_at` is when the request began, by the shop's own clock where it tells it (UTC)."""

    rows: list[Row]
    asked_at: datetime


_KILOGRAMS = {"kg": Decimal(1), "g": Decimal("0.001"), "lbs": Decimal("0.45359237"), "oz": Decimal("0.028349523125")}


class WooClient:
    """Calls of one shop. Thread-safe. Every method raises OutsideError."""

    def __init__(
        self, settings: Settings, *, clock: Clock = utc_now, sign: Signer | None = None, per_page: int = PER_PAGE
    ) -> None:
        options = HttpOptions(read=settings.read_timeout, ca_file=settings.ca_file)
        self.http = Http(
            settings.url,
            system="The shop",
            sign=sign or signer(settings, clock),
            explain=self._explain,
            options=options,
            clock=clock,
        )
        self._settings = settings
        self._per_page = per_page
        self._clock = clock
        self._facts = Remembered(self._read_facts, FACTS_LAST)

    def close(self) -> None:
        self.http.close()

    def get(self, path: str, *, api: str = API, **params: str) -> Any:
        return self._checked(self.http.get(f"{api}/{path}", params), writing=False)

    def send(self, method: str, path: str, body: Any, *, api: str = API) -> tuple[Any, Answer]:
        answer = self.http.request(method, f"{api}/{path}", json=body)
        return self._checked(answer, writing=True), answer

    def rows(self, path: str, *, api: str = API, **params: str) -> list[Row]:
        return _rows(self.get(path, api=api, **params), path)

    def by_id(self, path: str, **params: str) -> Iterator[Rows]:
        """Every row of a list, in pages by ascending id, though rows come and go while it is read.

        Each page overlaps the one before it by one row: if that row is not there, something before it vanished and
        moved the rest up, and the read steps back. What is inserted before it has changed since the read began, so the
        next read finds it.
        """
        offset, last, asked_at = 0, 0, None
        before: list[int] = []
        while True:
            answer = self.http.get(f"{API}/{path}", self._page(params, offset))
            asked_at = asked_at or self._asked_at(answer)
            rows = _rows(self._checked(answer, writing=False), path)
            ids = [_id(row) for row in rows]
            if offset and (not ids or ids[0] > last):
                offset, before = max(0, offset - self._per_page), []
                continue
            if ids and ids == before:
                raise Misconfigured("The shop gives the same page again and again. A plugin may be in the way.")
            yield Rows(rows=[row for row in rows if _id(row) > last], asked_at=asked_at)
            last, before = max([last, *ids]), ids
            if len(rows) < self._per_page:
                return
            offset += len(rows) - 1

    def _page(self, params: Mapping[str, str], offset: int) -> dict[str, str]:
        return {**params, "orderby": "id", "order": "asc", "per_page": str(self._per_page), "offset": str(offset)}

    def facts(self) -> ShopFacts:
        """The shop's settings, read again after a minute."""
        return self._facts.get()

    def _read_facts(self) -> ShopFacts:
        general, tax, products = (self._settings_of(group) for group in ("general", "tax", "products"))
        taxes = general.get("woocommerce_calc_taxes") == "yes"
        return ShopFacts(
            currency=str(general.get("woocommerce_currency") or ""),
            decimals=_decimals(general.get("woocommerce_price_num_decimals")),
            taxes=taxes,
            prices_include_tax=taxes and tax.get("woocommerce_prices_include_tax") == "yes",
            round_at_subtotal=tax.get("woocommerce_tax_round_at_subtotal") == "yes",
            kilograms_per_unit=_KILOGRAMS.get(str(products.get("woocommerce_weight_unit") or "kg"), Decimal(1)),
        )

    def _settings_of(self, group: str) -> dict[str, Any]:
        rows = self.rows(f"settings/{group}", _fields="id,value")
        return {str(row.get("id")): row.get("value") for row in rows}

    def _checked(self, answer: Answer, *, writing: bool) -> Any:
        """The body; some hosts and plugins answer 200 with an error inside."""
        data = answer.json()
        status = _status_inside(data)
        if status is None:
            return data
        code, sentence = self._explain(status, answer.headers, data)
        raise error_of_status(
            status,
            sentence or "The shop reports an error.",
            code=code,
            now=answer.date or self._clock(),
            writing=writing,
            request_id=answer.request_id,
        )

    def _explain(self, status: int, headers: Mapping[str, str], body: Any) -> tuple[str | None, str | None]:
        """As `explain`; refused signatures are often a matter of clocks, which the shop says in words only."""
        code, sentence = explain(status, headers, body)
        theirs = http_date(headers.get("date", ""))
        if status == 401 and self._settings.signs_with_oauth and theirs:
            apart = abs(self._clock() - theirs)
            if apart >= OAUTH_WINDOW:
                minutes = int(apart.total_seconds() // 60)
                code, sentence = (
                    CLOCKS_APART,
                    (
                        f"The shop refuses the signature: its clock and ours are {minutes} minutes apart, where 15 are "
                        "allowed. Let both machines set their clocks by NTP."
                    ),
                )
        return code, sentence

    def _asked_at(self, answer: Answer) -> datetime:
        return (answer.date or self._clock()) - timedelta(seconds=answer.seconds)


def _rows(data: Any, path: str) -> list[Row]:
    if isinstance(data, list) and all(isinstance(row, dict) for row in data):
        return data
    raise TryLater(f"The shop answered no list for {path.split('/')[0]}. A plugin may be in the way.")


def _id(row: Row) -> int:
    id = row.get("id")
    if isinstance(id, int):
        return id
    raise Rejected("The shop lists something without an id. A plugin may change what it answers.")


def _decimals(value: Any) -> int:
    try:
        return int(Decimal(str(value)))
    except (InvalidOperation, ValueError, OverflowError):
        return 2


def _status_inside(data: Any) -> int | None:
    if not isinstance(data, dict) or "code" not in data or "message" not in data:
        return None
    inner = data.get("data")
    status = inner.get("status") if isinstance(inner, dict) else None
    return status if isinstance(status, int) and status >= 400 else 500


def chunks(keys: Sequence[str], most: int, most_characters: int = 3000) -> Iterator[list[str]]:
    """Keys in groups that fit a URL."""
    group: list[str] = []
    for key in keys:
        if group and (len(group) == most or sum(map(len, group)) + len(key) > most_characters):
            yield group
            group = []
        group.append(key)
    if group:
        yield group
