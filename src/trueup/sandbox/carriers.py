"""Carriers that core fulfilments know: their list, and the look-up that guesses a carrier from a tracking number."""

from __future__ import annotations

import re

from trueup.sandbox.router import Answer, Call
from trueup.sandbox.shop import Shop
from trueup.sandbox.store import Doc

_PLACEHOLDER = "__PLACEHOLDER__"
_ICONS = "/wp-content/plugins/woocommerce/assets/images/shipping_providers"
# One carrier a line: key | name | address of the tracking page, to which the number is added.
_LIST = """
    acs-courier | ACS Courier | https://www.acscourier.com/track?tracking_number=
    amazon-logistics | Amazon Logistics | https://www.amazon.com/progress-tracker/package/ref=ppx_yo_dt_b_track_package_o0?_=
    an-post | An Post | https://www.anpost.com/Track/Track?item=
    aras-kargo | Aras Kargo | https://www.araskargo.com.tr/Tracking/Detail?trackingNumber=
    australia-post | Australia Post | https://auspost.com.au/mypost/track/details/
    azerpost | Azerpost | https://www.azerpost.az/track/
    bartolini-brt | Bartolini (BRT) | https://www.brt.it/track?trackingNumber=
    belpochta | Belpochta | https://www.belpost.by/track/
    bpost | bpost | https://www.bpost.be/en/track-and-trace?itemId=
    bulgarian-posts | Bulgarian Posts | https://www.bulgarianposts.bg/en/track-and-trace?trackingNumber=
    canada-post | Canada Post | https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor=
    cdek | CDEK | https://www.cdek.ru/track.html?trackingNumber=
    ceska-posta | Česká pošta | https://www.postaonline.cz/trackandtrace/
    chronopost | Chronopost | https://www.chronopost.fr/en/track/
    correos | Correos | https://www.correos.es/ss/Satellite/site/pagina-tracking/info?idioma=en_GB&numeroEnvio=
    ctt | CTT | https://www.ctt.pt/feapl_2/app/open/objectTrackingSearch.do?objectCode=
    cyprus-post | Cyprus Post | https://www.cypruspost.post/en/track/
    deutsche-post | Deutsche Post | https://www.deutschepost.de/sendung/simpleQuery.html?piececode=
    dhl | DHL | https://www.dhl.com/en/express/tracking.html?AWB=
    dpd | DPD | https://www.dpd.com/tracking/
    econt | Econt | https://www.econt.com/en/track/
    eimskip | Eimskip | https://www.eimskip.is/track/
    elta | ELTA | https://elta.gr/en/track/
    evri-hermes | Evri (Hermes) | https://www.evri.com/track/
    fan-courier | Fan Courier | https://www.fancourier.ro/urmarire/
    fastway | Fastway | https://www.fastway.ie/track/
    fedex | FedEx | https://www.fedex.com/fedextrack/?tracknumbers=
    geniki-taxydromiki | Geniki Taxydromiki | https://www.taxydromiki.com.gr/track/
    gls | GLS | https://gls-group.eu/EU/en/parcel-tracking/
    haypost | HayPost | https://www.haypost.am/en/track/
    helthjem | Helthjem | https://www.helthjem.no/sporing/
    hrvatska-posta | Hrvatska Pošta | https://www.posta.hr/track/
    inpost | InPost | https://inpost.pl/sledzenie-przesylek/
    islandspostur | Íslandspóstur | https://www.islandspostur.is/umsoknir-og-umsoknir/umsoknir/umsoknir-um-sendingar/sendingar/
    itella | Smartposti (Itella) | https://www.smartposti.fi/track/
    kazpost | Kazpost | https://www.kazpost.kz/track/
    la-poste-colissimo | La Poste / Colissimo | https://www.laposte.fr/outils/suivre-vos-envois?code=
    lasership-ontrac | LaserShip/OnTrac | https://www.lasership.com/track/
    latvijas-pasts | Latvijas Pasts | https://www.pasts.lv/en/track/
    liechtensteinische-post | Liechtensteinische Post | https://www.post.li/en/track/
    magyar-posta | Magyar Posta | https://posta.hu/track/
    makedonska-posta | Makedonska Pošta | https://www.posta.gov.mk/track/
    maltapost | MaltaPost | https://www.maltapost.com/track/
    matkahuolto | Matkahuolto | https://www.matkahuolto.fi/fi/asiakaspalvelu/rahtien-seuranta?trackingNumber=
    mondial-relay | Mondial Relay | https://www.mondialrelay.fr/suivi-colis/
    mpl | MPL | https://www.mpl.com.mt/track/
    mrw | MRW | https://www.mrw.es/seguimiento/
    new-zealand-post | New Zealand Post | https://www.nzpost.co.nz/tools/tracking?track=
    nova-poshta | Nova Poshta | https://novaposhta.ua/en/tracking/
    omniva | Omniva | https://www.omniva.ee/track/
    osterreichische-post | Österreichische Post | https://www.post.at/en/track/
    parcelforce | Parcelforce | https://www.parcelforce.com/track-trace/
    poczta-polska | Poczta Polska | https://emonitoring.poczta-polska.pl/track/
    post-luxembourg | POST Luxembourg | https://www.post.lu/en/track/
    posta-moldovei | Poșta Moldovei | https://www.posta.md/track/
    posta-romana | Poșta Română | https://www.posta-romana.ro/urmărire-colet/
    poste-italiane | Poste Italiane | https://www.poste.it/track/
    poste-san-marino | Poste San Marino | https://www.poste.sm/it/servizi/ricerca-spedizioni/
    posten-norge-bring | Posten Norge / Bring | https://www.posten.no/sporing/
    postnl | PostNL | https://www.postnl.nl/track-en-trace/
    postnord | PostNord | https://www.postnord.se/track-and-trace/
    purolator | Purolator | https://www.purolator.com/en/shipping/tracking/
    royal-mail | Royal Mail | https://www.royalmail.com/track-your-item#/tracking-results/
    russian-post | Russian Post | https://www.pochta.ru/tracking/
    sda | SDA | https://www.sda.it/track/
    seur | SEUR | https://www.seur.com/seguimiento/
    slovenska-posta | Slovenská pošta | https://www.posta.sk/track/
    spee-dee-delivery | Spee-Dee Delivery | https://www.speedeedelivery.com/track/
    startrack | StarTrack | https://www.startrack.com.au/track/
    swiss-post | Swiss Post | https://www.post.ch/en/parcel-tracking?itemId=
    toll | Toll | https://www.tollgroup.com/track/
    ukrposhta | Ukrposhta | https://www.ukrposhta.ua/track/
    ups | UPS | https://www.ups.com/track?tracknum=
    urgent-cargus | Urgent Cargus | https://www.urgentcargus.ro/urmarire/
    usps | USPS | https://tools.usps.com/go/TrackConfirmAction?tLabels=
    yurtici-kargo | Yurtiçi Kargo | https://www.yurticikargo.com/Tracking/Detail/
    zasilkovna | Zásilkovna | https://www.zasilkovna.cz/track/
"""
CARRIERS: dict[str, tuple[str, str]] = {
    key: (name, url) for key, name, url in (line.strip().split(" | ") for line in _LIST.strip().splitlines())
}
# How sure the shop is, of 100; held to the recorded look-ups, all of parcels inside Germany. Other carriers and
# other kinds of numbers are not guessed here.
_GUESSES: dict[str, tuple[tuple[str, int], ...]] = {
    "amazon-logistics": ((r"[A-Z0-9]{15,20}", 60),),
    "dhl": ((r"\d{20}", 90), (r"[A-Z]{2}\d{9}[A-Z]{2}", 88)),
    "dpd": ((r"\d{12,24}", 60), (r"[A-Z]{2}\d{9}[A-Z]{2}", 90)),
    "fedex": ((r"\d{20}", 98),),
    "ups": ((r"1Z[A-Z0-9]{16}", 100), (r"[A-Z]{2}\d{9}[A-Z]{2}", 65)),
}


def list_carriers(_shop: Shop, call: Call) -> Answer:
    """``GET /wc/v4/fulfillments/providers``, by key."""
    return Answer(body={key: _carrier(call, key, name, url) for key, (name, url) in CARRIERS.items()})


def _carrier(call: Call, key: str, name: str, url: str) -> Doc:
    return {"label": name, "icon": f"{call.base}{_ICONS}/{key}.png", "value": key, "url": url + _PLACEHOLDER}


def guess(number: str) -> Doc | list[Doc]:
    """What the look-up answers: the surest carrier with its link, and all that may be if there are several."""
    plain = re.sub(r"[^A-Z0-9]", "", number.upper())
    found = {key: score for key, kinds in _GUESSES.items() if (score := _score(plain, kinds))}
    if not found:
        return []
    best = max(found, key=lambda key: found[key])
    answer: Doc = {"tracking_number": plain, "shipping_provider": best, "tracking_url": _link(best, plain)}
    if len(found) > 1:
        rows = {key: {"url": _link(key, plain), "ambiguity_score": score} for key, score in found.items()}
        answer["possibilities"] = rows
    return answer


def _score(number: str, kinds: tuple[tuple[str, int], ...]) -> int:
    return next((score for pattern, score in kinds if re.fullmatch(pattern, number)), 0)


def _link(key: str, number: str) -> str:
    return CARRIERS[key][1] + number
