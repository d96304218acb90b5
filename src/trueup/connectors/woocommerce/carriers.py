"""Carriers by the names that WooCommerce's own fulfilments give them (10.5). Others keep the name they came with."""

from __future__ import annotations

import re
import unicodedata

OTHER = "other"
_NAMES = """
    acs-courier amazon-logistics an-post aras-kargo australia-post azerpost bartolini-brt belpochta bpost
    bulgarian-posts canada-post cdek ceska-posta chronopost correos ctt cyprus-post deutsche-post dhl dpd econt eimskip
    elta evri-hermes fan-courier fastway fedex geniki-taxydromiki gls haypost helthjem hrvatska-posta inpost
    islandspostur itella kazpost la-poste-colissimo lasership-ontrac latvijas-pasts liechtensteinische-post
    magyar-posta makedonska-posta maltapost matkahuolto mondial-relay mpl mrw new-zealand-post nova-poshta omniva
    osterreichische-post parcelforce poczta-polska post-luxembourg posta-moldovei posta-romana poste-italiane
    poste-san-marino posten-norge-bring postnl postnord purolator royal-mail russian-post sda seur slovenska-posta
    spee-dee-delivery startrack swiss-post toll ukrposhta ups urgent-cargus usps yurtici-kargo zasilkovna
"""
KNOWN = frozenset(_NAMES.split())
_ALIASES = {
    "bring": "posten-norge-bring",
    "brt": "bartolini-brt",
    "colissimo": "la-poste-colissimo",
    "deutsche-post-dhl": "dhl",
    "dhl-express": "dhl",
    "dhl-paket": "dhl",
    "evri": "evri-hermes",
    "la-poste": "la-poste-colissimo",
    "posten": "posten-norge-bring",
    "postnord-sverige": "postnord",
    "smartposti": "itella",
}


def carrier_key(name: str) -> str:
    """`DHL Paket` is `dhl`; a carrier that is not on the list is `other`."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    slug = "-".join(re.findall(r"[a-z0-9]+", plain))
    found = _ALIASES.get(slug, slug)
    return found if found in KNOWN else OTHER
