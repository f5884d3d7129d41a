"""The worst messages for the whole inward way: a seal around them that is good, or fails as late as it can."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.limits_worst import WORST, MiB, groups
from tests.vectors.own.forge import ENVELOPED, Form, key_info, seal
from tests.vectors.own.keys import key
from tests.vectors.own.material import DXP, business, envelope, message

_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_CERTIFICATE = "<ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data>"
PAYLOAD = 6 * MiB - 8192  # what base64 makes 8 MiB of, with its envelope around it
ENVELOPE = 8 * MiB - 8192


def _enveloped(extra: bytes, *, declared: bytes = b"", form: Form | None = None) -> bytes:
    """A sealed envelope with something monstrous in an element of its own."""
    text = envelope().replace("<dxp:TransInfo>", f"<x>{extra.decode()}</x><dxp:TransInfo>", 1)
    return seal(text.replace(f'xmlns:dxp="{DXP}"', f'xmlns:dxp="{DXP}"{declared.decode()}', 1), form=form)


def _prefix_list(prefixes: int, elements: int) -> bytes:
    listed = " ".join(f"p{n}" for n in range(prefixes))
    inside = f'<ec:InclusiveNamespaces xmlns:ec="{_EXCLUSIVE}" PrefixList="{listed}"/>'
    exclusive = f'{ENVELOPED}<ds:Transform Algorithm="{_EXCLUSIVE}">{inside}</ds:Transform>'
    return _enveloped(groups(b"<a/>", 19_000, 4 * MiB, most=elements), form=Form(transforms=exclusive, digest="AAAA"))


def _lines(count: int) -> bytes:
    text = business()
    line = text[text.index("<Line>") : text.index("</Lines>")]
    return message(text.replace(line, line * count))


def _in_key_info(inside: str) -> bytes:
    info = key_info(key("enterprise")).replace("<ds:KeyInfo>", f"<ds:KeyInfo>{inside}")
    return message(form=Form(key_info=info))


def _shaped(inside: bytes) -> bytes:
    """A payload of a known kind whose content is monstrous: both judges look at it."""
    good = business().encode()
    return message(good.replace(b"<CustomsOffice>", inside + b"<CustomsOffice>", 1))


def _goods(count: int, oops: str = "") -> bytes:
    """A certificate application that its schema accepts, or refuses at its very end."""
    text = business("certificate_application")
    item = text[text.index("<GoodsItem>") : text.index("</Goods>")]
    return message(
        text.replace(item, item * count, 1).replace("</CertificateApplication>", f"{oops}</CertificateApplication>"),
        msg_type="CERTAPP",
    )


SEALED: dict[str, Callable[[], bytes]] = {
    "good": message,
    **{
        f"payload: {name}": (lambda name=name: message(WORST[name](PAYLOAD)))
        for name in ("tags 400k", "attributes", "base64 8 MB", "CJK GB18030", "one suspect", "gates", "references")
    },
    **{
        f"envelope: {name}": (lambda name=name: _enveloped(WORST[name](ENVELOPE - 4096)))
        for name in ("tags 400k", "tags 200k, pairs", "attributes", "attributes, one bucket", "attribute of 8 MB",
                     "namespaces at depth", "scopes at the limit", "namespaced attributes", "comments in text", "references",
                     "entities", "blanks", "line ends", "CDATA 390k", "depth 64, many", "CJK UTF-8", "one suspect")
    },
    "data of 8 MB, blanks": lambda: message(data=" " * (7 * MiB) + "QUJD"),
    "data of 8 MB, no base64": lambda: message(data="*" * (7 * MiB)),
    "data in comments": lambda: message(data="QUJD<!---->" * 390_000),
    "shape: lines": lambda: _lines(19_000),
    "shape: tags 390k": lambda: _shaped(groups(b"<a/>", 19_000, PAYLOAD - 4096, most=390_000)),
    "shape: long remark": lambda: _shaped(b"<Remark>" + b"x" * (PAYLOAD - 8192) + b"</Remark>"),
    "shape: goods": lambda: _goods(13_000),
    "shape: goods, one bad": lambda: _goods(13_000, "<Oops/>"),
    "key names": lambda: _in_key_info("<ds:KeyName>00</ds:KeyName>" * 19_900),
    "good key names": lambda: _in_key_info(f"<ds:KeyName>{key('enterprise').name}</ds:KeyName>" * 19_900),
    "subject names": lambda: _in_key_info(f"<ds:X509Data>{'<ds:X509SKI>x</ds:X509SKI>' * 19_900}</ds:X509Data>"),
    "X509Data": lambda: _in_key_info("<ds:X509Data/>" * 19_900),
    "certificate of 6 MB": lambda: _in_key_info(_CERTIFICATE.format("QUJD" * (7 * MiB // 4))),
    "prefixes 50": lambda: _prefix_list(50, 190_000),
    "prefixes 1 000": lambda: _prefix_list(1000, 190_000),
    "signatures": lambda: _enveloped(f'<y xmlns:ds="http://www.w3.org/2000/09/xmldsig#">{"<ds:Signature/>" * 19_000}</y>'.encode()),
    "ids": lambda: _enveloped(groups(b'<a Id="a"/>', 19_000, 7 * MiB, most=199_000), form=Form(attributes='URI="#a"')),
}  # fmt: skip
