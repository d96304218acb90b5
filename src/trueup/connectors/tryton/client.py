"""Tryton over HTTP: REST with a key for everything, JSON-RPC with a login where REST takes one record at a time."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from trueup.connectors.kit.errors import Gone, Misconfigured, Rejected
from trueup.connectors.kit.http import Answer, Http, HttpOptions
from trueup.connectors.tryton import answers, codec
from trueup.connectors.tryton.codec import Row
from trueup.connectors.tryton.settings import Settings

Context = Mapping[str, Any]
Domain = Sequence[Any]
PAGE = 500
MOST_WARNINGS = 3


class TrytonClient:
    """One database over REST. Every method raises OutsideErrors; those that write say so by `unknown_outcome`.

    Searching and creating call the model's own methods by POST: these take lists, where the plain REST addresses take
    one record, and a long list of codes does not fit into an address (nor does a customer's belong into a log).
    """

    def __init__(self, settings: Settings) -> None:
        self._database = settings.database
        self._http = Http(
            settings.url,
            system=answers.SYSTEM,
            judge=answers.meaning,
            headers={"Accept-Encoding": "gzip", "Accept-Language": "en"},
            options=HttpOptions(read=settings.timeout),
        )
        self._key = f"bearer {settings.key.get_secret_value()}"

    def close(self) -> None:
        self._http.close()

    def version(self) -> tuple[str, datetime]:
        """Tryton's series ("8.2"), and the time by its clock (UTC, whole seconds, never ahead)."""
        body = {"id": 0, "method": "common.server.version", "params": []}
        answer = self._http.request("POST", "/rpc/", json=body, writes=False)
        series = str(answers.rpc_result(answer, writing=False))
        if answer.date is None:
            raise Misconfigured("Tryton's answer has no Date header. Let the proxy in front of it pass that header on.")
        return series, answer.date

    def server_time(self) -> datetime:
        return self.version()[1]

    def fields_of(self, model: str) -> frozenset[str]:
        return frozenset(self._call(f"{model}/fields_get", {}))

    def search(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        context: Context | None = None,
        limit: int | None = None,
        order: Sequence[Sequence[str]] = (("id", "ASC"),),
    ) -> list[Row]:
        body = {"domain": domain, "fields_names": fields, "limit": limit, "order": order}
        rows: list[Row] = self._call(f"{model}/search_read", body, context)
        return rows

    def search_all(
        self, model: str, domain: Domain, fields: Sequence[str], *, context: Context | None = None, page: int = PAGE
    ) -> Iterator[list[Row]]:
        """All that match, in pages by rising id: what is created or deleted meanwhile moves nothing across pages."""
        last = 0
        while rows := self.search(model, [*domain, ["id", ">", last]], fields, context=context, limit=page):
            yield rows
            last = rows[-1]["id"]
            if len(rows) < page:
                return

    def create(self, model: str, values: Sequence[Row], context: Context | None = None) -> list[int]:
        """All of them or none; the new ids in the same order."""
        ids: list[int] = self._call(f"{model}/create", {"vlist": values}, context, writes=True)
        return ids

    def update(self, model: str, id: int, values: Row, context: Context | None = None) -> None:
        """Raises Gone if there is no such record."""
        self._request("PUT", f"{model}/{id}", values, context, writes=True)

    def press(self, model: str, id: int, button: str, context: Context | None = None) -> None:
        """Press one of the record's buttons, such as `quote`. Warnings are confirmed, for an order is a fact."""
        self._call(f"{model}/{id}/{button}", {}, {**(context or {}), "_skip_warnings": True}, writes=True)

    def delete(self, model: str, id: int) -> None:
        """What is gone already is deleted."""
        try:
            self._request("DELETE", f"{model}/{id}", None, writes=True)
        except Gone:
            return

    def rpc(self, method: str, *parameters: Any, authorization: str | None = None) -> Answer:
        body = {"id": 1, "method": method, "params": list(parameters)}
        headers = {"Authorization": authorization} if authorization else {}
        path = f"/{self._database}/rpc/"
        return self._http.request("POST", path, json=codec.plain(body), headers=headers, writes=True)

    def _call(self, path: str, body: Row, context: Context | None = None, *, writes: bool = False) -> Any:
        return answers.content_of(self._request("POST", path, body, context, writes=writes))

    def _request(
        self, method: str, path: str, body: Row | None, context: Context | None = None, *, writes: bool
    ) -> Answer:
        headers = {"Authorization": self._key}
        if context:
            headers["X-Tryton-Context"] = codec.header_value(context)
        full = f"/{self._database}/rest/model/{path}"
        content = None if body is None else codec.plain(body)
        return self._http.request(method, full, json=content, headers=headers, writes=writes)


class TrytonSession:
    """A login over JSON-RPC, for buttons pressed on many records in one transaction."""

    def __init__(self, client: TrytonClient, user: str, password: str) -> None:
        self._client = client
        self._user = user
        self._password = password
        self._authorization: str | None = None

    def press_all(self, model: str, ids: Sequence[int], button: str, context: Context) -> None:
        """All of them or none. The first few warnings (too little stock) are confirmed, for an order is a fact; each
        costs another try, so beyond that the warning is raised. Raises Rejected."""
        for warnings in range(MOST_WARNINGS + 1):
            try:
                self._call(f"model.{model}.{button}", ids, context)
                return
            except Rejected as error:
                if error.code != answers.WARNING or warnings == MOST_WARNINGS:
                    raise
                self._call("model.res.user.warning.skip", error.field, False, context)

    def _call(self, method: str, *parameters: Any) -> Any:
        try:
            answer = self._client.rpc(method, *parameters, authorization=self._login())
        except Misconfigured as error:
            if error.status != 401:
                raise
            self._authorization = None
            answer = self._client.rpc(method, *parameters, authorization=self._login())
        return answers.rpc_result(answer, writing=True)

    def check(self) -> None:
        """Raises Misconfigured if user and password are not accepted."""
        self._login()

    def _login(self) -> str:
        """A session ends after a while without use; then Tryton answers 401 and a new one is made."""
        if self._authorization is None:
            result = self._ask_login()
            token = b64encode(f"{self._user}:{result[0]}:{result[1]}".encode()).decode()
            self._authorization = f"Session {token}"
        return self._authorization

    def _ask_login(self) -> list[Any]:
        try:
            answer = self._client.rpc("common.db.login", self._user, {"password": self._password})
        except Misconfigured as error:
            if error.status != 401:
                raise
            sentence = "Tryton does not accept user and password. Correct them, or leave both empty."
            raise Misconfigured(sentence, status=401, request_id=error.request_id) from None
        result: list[Any] = answers.rpc_result(answer, writing=False)
        return result
