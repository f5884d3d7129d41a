"""Canonical forms by lxml's own C14N 1.0, for both ends: of a document, and of a part where it stands; and which one is asked for.

Never `etree.canonicalize`: that is C14N 2.0, which accepts relative namespaces (reliability 3).
"""

from __future__ import annotations

from lxml import etree

from mappings.parser import children, local, parse_canonical, whole_text
from signing.errors import NoCanonicalForm, NotVerified
from signing.profile import INCLUSIVE, IS_EXCLUSIVE, REFUSED_CANONICALIZATIONS, Canonicalization, Transform

_INCLUSIVE_NAMESPACES = f"{{{Transform.EXCLUSIVE}}}InclusiveNamespaces"
_XML = "{http://www.w3.org/XML/1998/namespace}"


def canonical(element: etree._Element, how: Canonicalization = INCLUSIVE) -> bytes:
    """The canonical form of a whole document, given by its root, without comments.

    Raises NoCanonicalForm: a relative namespace name has none (C14N 1.0, 1.3).
    """
    prefixes = list(how.prefixes) or None
    try:
        return etree.tostring(
            element, method="c14n", exclusive=how.exclusive, with_comments=False, inclusive_ns_prefixes=prefixes
        )
    except etree.C14NError as error:
        raise NoCanonicalForm(str(error)) from None


def canonical_part(part: etree._Element, how: Canonicalization) -> bytes:
    """A part's canonical form, with what it inherits from the elements around it, so it must still stand in its document.

    The part is written out with every namespace in scope and read again: lxml hands libxml2 a subtree whose inner elements
    still have their old parents, and libxml2 then writes `xmlns=""` at the third level of a part in a default namespace.
    """
    alone = parse_canonical(etree.tostring(part, encoding="utf-8", with_tail=False))
    if not how.exclusive:
        _inherit_xml_attributes(part, alone)
    return canonical(alone, how)


def canonical_signed_info(signed_info: etree._Element, how: Canonicalization) -> bytes:
    """The bytes that are signed. Must be taken while the signature still stands in its document."""
    return canonical_part(signed_info, how)


def _inherit_xml_attributes(part: etree._Element, alone: etree._Element) -> None:
    """Inclusive C14N gives `xml:lang` and its like of the ancestors to the top element (C14N 1.0, 2.4)."""
    for ancestor in part.iterancestors():
        for name, value in ancestor.attrib.items():
            if str(name).startswith(_XML) and name not in alone.attrib:
                alone.set(name, value)


def without(root: etree._Element, child: etree._Element) -> etree._Element:
    """The root without this child of it; the text that follows the child stays (lxml's own `remove` takes it along)."""
    tail, before = child.tail or "", child.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        root.text = (root.text or "") + tail
    root.remove(child)
    return root


def read_canonicalization(method: etree._Element) -> Canonicalization:
    """What a CanonicalizationMethod or a Transform asks for. Raises NotVerified."""
    name = method.get("Algorithm", "")
    if name in REFUSED_CANONICALIZATIONS:
        raise NotVerified("SIG_C14N", found=name)
    if name not in IS_EXCLUSIVE:
        raise NotVerified("SIG_ALGO", found=name)
    return Canonicalization(IS_EXCLUSIVE[name], _prefixes(method, exclusive=IS_EXCLUSIVE[name]))


def _prefixes(method: etree._Element, *, exclusive: bool) -> tuple[str, ...]:
    inside = elements(method)
    if not inside:
        return ()
    if not exclusive or [child.tag for child in inside] != [_INCLUSIVE_NAMESPACES] or elements(inside[0]):
        raise malformed(f"{local(method)}: {local(inside[0])}")
    return tuple(inside[0].get("PrefixList", "").split())


def elements(parent: etree._Element) -> list[etree._Element]:
    """Child elements of an element that holds no text. Raises NotVerified."""
    if whole_text(parent).strip():
        raise malformed(f"{local(parent)}: text")
    return children(parent)


def malformed(detail: str) -> NotVerified:
    return NotVerified("SIG_MALFORMED", detail=detail)
