"""Canonical forms by lxml's own C14N 1.0, for both ends: of a document, and of a SignedInfo where it stands.

Never `etree.canonicalize`: that is C14N 2.0, which accepts relative namespaces (reliability 3).
"""

from __future__ import annotations

from lxml import etree

from signing.errors import NoCanonicalForm
from signing.profile import INCLUSIVE, Canonicalization

_XML = "{http://www.w3.org/XML/1998/namespace}"


def canonical(element: etree._Element, how: Canonicalization = INCLUSIVE) -> bytes:
    """The element's canonical form without comments, with the namespaces that it inherits.

    Raises NoCanonicalForm: a relative namespace name has none (C14N 1.0, 1.3).
    """
    prefixes = list(how.prefixes) or None
    try:
        return etree.tostring(
            element, method="c14n", exclusive=how.exclusive, with_comments=False, inclusive_ns_prefixes=prefixes
        )
    except etree.C14NError as error:
        raise NoCanonicalForm(str(error)) from None


def canonical_signed_info(signed_info: etree._Element, how: Canonicalization) -> bytes:
    """The bytes that are signed. Must be taken while the signature still stands in its document."""
    if not how.exclusive:
        _inherit_xml_attributes(signed_info)
    return canonical(signed_info, how)


def _inherit_xml_attributes(element: etree._Element) -> None:
    """Inclusive C14N gives `xml:lang` and its like of the ancestors to the top element (C14N 1.0, 2.4); libxml2 does so for
    node sets only, not for the subtree that lxml hands it. Changes the element, which is about to leave its document."""
    for ancestor in element.iterancestors():
        for name, value in ancestor.attrib.items():
            if str(name).startswith(_XML) and name not in element.attrib:
                element.set(name, value)


def without(root: etree._Element, child: etree._Element) -> etree._Element:
    """The root without this child of it; the text that follows the child stays (lxml's own `remove` takes it along)."""
    tail, before = child.tail or "", child.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        root.text = (root.text or "") + tail
    root.remove(child)
    return root
