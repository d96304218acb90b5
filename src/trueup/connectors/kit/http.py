"""One way to speak HTTP for all connectors: pooled, bounded, never surprised by a redirect or an HTML page.

Statuses and broken connections become the errors of `kit.errors` in two tables here. Sentences name the host at most:
no path, no query, no key.
"""

from __future__ import annotations

import ssl
import time
import uuid
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx2
import orjson
import stamina

from trueup.clock import Clock, utc_now
from trueup.connectors.kit.errors import Misconfigured, OutsideError, TryLater
from trueup.connectors.kit.statuses import error_of_status, redirect_error

MEGABYTE = 1024 * 1024
RETRIED = frozenset({502, 503, 504})
PATIENCE = 2.0
TIMED_OUT = "timed_out"
"""The code of an error for an answer that did not come in time."""

Signer = Callable[[str, str], tuple[str, dict[str, str]]]
"""Takes method and URL; gives the URL to ask (signed, if the query carries the signature) and headers to add."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. `seconds` is how long it took, `system` who answered, `wrote` whether the request was a write.
    Headers and body may tell of people, so they stay out of every log."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    request_id: str
    seconds: float
    system: str
    wrote: bool = False

    def json(self) -> Any:
        """The body. Raises Misconfigured where a page was answered, TryLater where the JSON is cut off or spoilt: a
        write may have been done all the same."""
        content = self.content.removeprefix(BOM_UTF8)  # some shops' add-ons put it in front of every answer
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:
            if content.lstrip()[:1] in (b"{", b"["):
                sentence = f"The answer of {_inside(self.system)} {_what_is_wrong(content)}"
                raise TryLater(sentence, unknown_outcome=self.wrote, request_id=self.request_id) from None
            raise Misconfigured(
                f"{self.system} answered {_looks_like(self.content)} where data was expected. Check the address of the "
                "connection, and that no maintenance, login or security page stands in front of it.",
                status=self.status,
                request_id=self.request_id,
            ) from None

    @property
    def date(self) -> datetime | None:
        """The other side's clock (UTC) when it answered; None if it does not tell."""
        return http_date(self.headers.get("date", ""))


Explain = Callable[[int, Mapping[str, str], Any], tuple[str | None, str | None]]
"""Reads an error body (status, headers, parsed JSON or None): the system's own code, and a sentence for it."""


def _unexplained(status: int, headers: Mapping[str, str], body: Any) -> tuple[str | None, str | None]:
    return None, None


Judge = Callable[[Answer, bool], OutsideError | None]
"""Reads a whole answer of status 400 and above (and whether the request wrote): what it means, or None to leave it to
the table of statuses. For systems whose statuses say less than their bodies."""


def _no_opinion(answer: Answer, writing: bool) -> OutsideError | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """Seconds and bytes. `read` has to cover the slowest batch; `ca_file` adds a certificate authority of one's own."""

    connect: float = 10.0
    read: float = 90.0
    keep_alive: float = 4.0
    connections: int = 8
    most_bytes: int = 64 * MEGABYTE
    attempts: int = 3
    first_wait: float = 0.2
    ca_file: str | None = None


class Http:
    """A pooled client of one outside system. `system` is what sentences call it ("The shop"). Thread-safe."""

    def __init__(
        self,
        base_url: str,
        *,
        system: str,
        sign: Signer | None = None,
        explain: Explain = _unexplained,
        judge: Judge = _no_opinion,
        headers: Mapping[str, str] | None = None,
        options: HttpOptions | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.system = system
        self._sign = sign
        self._explain = explain
        self._judge = judge
        self._options = options or HttpOptions()
        self._clock = clock
        self._client = _client(self._options, system, headers)

    @property
    def host(self) -> str:
        nameless = self.base_url.rpartition("@")[2]  # what stands in front of it may be a password
        try:
            return urlsplit(self.base_url).hostname or nameless
        except ValueError:
            return nameless

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        return self.request("GET", path, params=params)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        writes: bool | None = None,
        anonymous: bool = False,
    ) -> Answer:
        """Ask once, or up to three times within seconds if the request only reads (`writes=False` says so of a POST).

        Raises OutsideError; a TryLater has `unknown_outcome` where a write may have been done all the same.
        """
        writing = method not in {"GET", "HEAD", "OPTIONS"} if writes is None else writes
        url = f"{self.base_url}/{path.lstrip('/')}"
        if params:
            url += "?" + urlencode(params, quote_via=quote, safe="")
        body = None if json is None else orjson.dumps(json)
        sign = None if anonymous else self._sign
        more = headers or {}
        if writing:
            return self._once(method, url, body, sign, more, writing=True)
        for attempt in stamina.retry_context(
            on=_soon_over,
            attempts=self._options.attempts,
            wait_initial=self._options.first_wait,
            wait_max=PATIENCE,
            wait_jitter=self._options.first_wait,
        ):
            with attempt:
                return self._once(method, url, body, sign, more, writing=False)
        raise AssertionError("a retry ends with an answer or an error")

    def close(self) -> None:
        self._client.close()

    def _once(
        self,
        method: str,
        url: str,
        body: bytes | None,
        sign: Signer | None,
        more: Mapping[str, str],
        *,
        writing: bool,
    ) -> Answer:
        request_id = uuid.uuid4().hex
        signed, signature = sign(method, url) if sign else (url, {})
        headers = {"X-Request-Id": request_id, **more, **signature}
        if not all(value.isascii() and value.isprintable() for value in headers.values()):
            raise Misconfigured(
                f"The key for {_inside(self.system)} holds characters that no key has, such as a line break. Enter it "
                "again.",
                request_id=request_id,
            )
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            answer = self._exchange(method, signed, body, headers, writing)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._broken(error, request_id, writing=writing) from None
        return self._judged(answer, url, writing=writing)

    def _exchange(self, method: str, url: str, body: bytes | None, headers: dict[str, str], writing: bool) -> Answer:
        started = time.monotonic()
        with self._client.stream(method, url, content=body, headers=headers) as response:
            content = self._bounded(response)
            return Answer(
                status=response.status_code,
                headers=response.headers,
                content=content,
                request_id=headers["X-Request-Id"],
                seconds=time.monotonic() - started,
                system=self.system,
                wrote=writing,
            )

    def _bounded(self, response: httpx2.Response) -> bytes:
        chunks, size = [], 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > self._options.most_bytes:
                limit = self._options.most_bytes // MEGABYTE
                raise Misconfigured(f"{self.system} answered with more than {limit} MB, which is refused.")
            chunks.append(chunk)
        return b"".join(chunks)

    def _judged(self, answer: Answer, url: str, *, writing: bool) -> Answer:
        if answer.status < 300:
            return answer
        if answer.status < 400:
            location = answer.headers.get("location", "")
            raise redirect_error(self.system, self.base_url, url, location, answer.request_id, answer.status)
        judged = self._judge(answer, writing)
        if judged:
            raise judged
        code, sentence = self._explain(answer.status, answer.headers, json_or_none(answer.content))
        raise error_of_status(
            answer.status,
            sentence or _plain_sentence(self.system, answer),
            code=code,
            wait_text=answer.headers.get("retry-after"),
            now=answer.date or self._clock(),
            writing=writing,
            request_id=answer.request_id,
        )

    def _broken(self, error: Exception, request_id: str, *, writing: bool) -> OutsideError:
        """What a connection that failed means: nothing was sent, or nobody knows."""
        where = f"{self.system} at {self.host}"
        if isinstance(error, httpx2.ConnectError) and "CERTIFICATE" in str(error).upper():
            sentence = f"The certificate of {_inside(where)} is not trusted. Renew it there, or name your own CA file."
            return Misconfigured(sentence, request_id=request_id)
        if isinstance(error, httpx2.UnsupportedProtocol | httpx2.InvalidURL | httpx2.LocalProtocolError):
            return Misconfigured(f"The address of {_inside(where)} is not usable. Correct it.", request_id=request_id)
        if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout):
            sentence = f"{where} cannot be reached. Check the address, and whether it is up."
            return TryLater(sentence, request_id=request_id)
        if isinstance(error, httpx2.TimeoutException):
            sentence = f"{where} did not answer in time."
            return TryLater(sentence, code=TIMED_OUT, unknown_outcome=writing, request_id=request_id)
        return TryLater(f"{where} broke off the connection.", unknown_outcome=writing, request_id=request_id)


def http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def json_or_none(content: bytes) -> Any:
    try:
        return orjson.loads(content.removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError:
        return None


def _client(options: HttpOptions, system: str, headers: Mapping[str, str] | None) -> httpx2.Client:
    return httpx2.Client(
        verify=_trust(options.ca_file, system),
        timeout=httpx2.Timeout(options.read, connect=options.connect),
        limits=httpx2.Limits(
            max_connections=options.connections,
            max_keepalive_connections=options.connections,
            keepalive_expiry=options.keep_alive,
        ),
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "trueup", "Accept": "application/json", **(headers or {})},
    )


def _trust(ca_file: str | None, system: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError):
            raise Misconfigured(f"The CA file {ca_file} for {system} cannot be read as certificates (PEM).") from None
    return context


def _soon_over(error: Exception) -> bool:
    """Worth asking again within seconds: a hiccup, not a time-out (it took long already) nor a wish to wait longer."""
    if not isinstance(error, TryLater) or error.code == TIMED_OUT:
        return False
    hiccup = error.status is None or error.status in RETRIED
    return hiccup and (error.wait is None or error.wait.total_seconds() <= PATIENCE)


def _inside(name: str) -> str:
    """What a system is called in the middle of a sentence: "the shop", but "Tryton"."""
    return f"the {name[4:]}" if name.startswith("The ") else name


def _what_is_wrong(content: bytes) -> str:
    """Of JSON that cannot be read: it stops too early (maybe within a character), or something else stands in it."""
    try:
        orjson.loads(content.decode(errors="ignore"))
    except orjson.JSONDecodeError as wrong:
        if "end of data" in wrong.msg:
            return "broke off in the middle."
    return "is spoilt: something else stands in its JSON, such as a warning. Let it write warnings into a log."


def _plain_sentence(system: str, answer: Answer) -> str:
    if _is_html(answer.content):
        return f"{system} answered with a web page ({answer.status}) where data was expected."
    return f"{system} answered with status {answer.status}."


def _looks_like(content: bytes) -> str:
    if not content.strip():
        return "nothing"
    return "a web page" if _is_html(content) else "something else than JSON"


def _is_html(content: bytes) -> bool:
    start = content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype", b"<html", b"<head", b"<body", b"<p>"))
