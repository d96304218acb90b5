"""What WordPress does to texts: slugs, escaping, stripping, paragraphs, prices as HTML."""

import html
import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

LETTERS = str.maketrans(
    {
        "ß": "s",
        "Ø": "O",
        "ø": "o",
        "Æ": "AE",
        "æ": "ae",
        "Ł": "L",
        "ł": "l",
        "€": "E",
        "£": "",
        "Œ": "OE",
        "œ": "oe",
        "Þ": "TH",
        "þ": "th",
        "Ð": "D",
        "ð": "d",
    }
)
ALLOWED_TAGS = (
    "a|abbr|acronym|b|blockquote|br|cite|code|del|div|em|h[1-6]|hr|i|img|ins|li|ol|p|pre|q|s|small|span|strike|strong|"
    "sub|sup|table|tbody|td|th|thead|tr|u|ul"
)
FORBIDDEN = re.compile(rf"</?(?!(?:{ALLOWED_TAGS})\b)[a-zA-Z][^>]*>")
TAGS = re.compile(r"<[^>]*>")
BLOCK = re.compile(r"^\s*</?(?:p|div|ul|ol|li|table|h[1-6]|blockquote|pre|section|hr|form|figure)\b", re.IGNORECASE)


def slug_of(text: str) -> str:
    """``Säfte & Nektare`` -> ``safte-nektare``."""
    plain = html.unescape(TAGS.sub("", text)).translate(LETTERS)
    plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c)).lower()
    plain = re.sub(r"[^\w\s./-]", "", plain, flags=re.ASCII)
    return re.sub(r"[\s./-]+", "-", plain).strip("-")


def kses(text: str) -> str:
    """Text as WordPress keeps it in a title: harmful tags gone, a bare ampersand escaped."""
    return re.sub(r"&(?!(?:[a-zA-Z]+|#\d+|#x[0-9a-fA-F]+);)", "&amp;", FORBIDDEN.sub("", text))


def clean(text: Any) -> str:
    """``wc_clean``: no tags, single spaces, trimmed."""
    return re.sub(r"[\r\n\t ]+", " ", TAGS.sub("", str(text))).strip()


def paragraphs(text: str) -> str:
    """``wpautop``: plain lines become paragraphs."""
    if not text.strip():
        return ""
    blocks = re.split(r"\n\s*\n", text.strip())
    return "".join(_paragraph(block) for block in blocks)


def _paragraph(block: str) -> str:
    if BLOCK.match(block):
        return f"{block}\n"
    broken = "<br />\n".join(block.split("\n"))
    return f"<p>{broken}</p>\n"


def decimal_text(value: Any) -> str:
    """``wc_format_decimal``: a comma is a point, the last point counts, what is no digit goes, text becomes ``""``."""
    if value is None or isinstance(value, bool):
        return "1" if value is True else ""
    if isinstance(value, float):
        return f"{value:f}".rstrip("0").rstrip(".")
    text = clean(value).replace(",", ".")
    return re.sub(r"\.(?![^.]+$)|[^0-9.\-]", "", text)


def number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def price_text(amount: str, decimals: int, point: str, thousands: str) -> str:
    """``1234.5`` -> ``1.234,50``."""
    value = (number(amount) or Decimal(0)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{value:,.{decimals}f}".replace(",", "\0").replace(".", point).replace("\0", thousands)
