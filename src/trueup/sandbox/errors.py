"""The one exception of the shop: an answer that carries WooCommerce's error envelope."""

from typing import Any


class WooError(Exception):
    """An error as WooCommerce answers it: ``{code, message, data: {status, ...}}``.

    ``code`` is a number where the real shop forgot to give its refusal a name.
    ``allow`` is False where the real shop leaves out the ``Allow`` header: it refused before it knew what is allowed.
    """

    def __init__(
        self, status: int, code: str | int, message: str, data: dict[str, Any] | None = None, *, allow: bool = True
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.data = data or {}
        self.allow = allow

    @property
    def crash(self) -> bool:
        """Whether PHP itself failed, which ends a whole batch."""
        return self.code == "internal_server_error"

    def envelope(self) -> dict[str, Any]:
        more: dict[str, Any] = {"additional_errors": []} if self.crash else {}
        return {"code": self.code, "message": self.message, "data": {"status": self.status, **self.data}, **more}


def invalid_id(kind: str, status: int = 404, *, allow: bool = True) -> WooError:
    return WooError(status, f"woocommerce_rest_{kind}_invalid_id", "Invalid ID.", allow=allow)


def crashed(message: str) -> WooError:
    """A PHP fatal error, which the real shop has on some malformed requests."""
    text = (
        "<p>There has been a critical error on this website.</p><p>"
        '<a href="https://wordpress.org/documentation/article/faq-troubleshooting/">'
        "Learn more about troubleshooting WordPress.</a></p>"
    )
    error = {"type": 1, "message": message, "file": "/var/www/html/wp-includes/rest-api.php", "line": 935}
    return WooError(500, "internal_server_error", text, {"error": error}, allow=False)
