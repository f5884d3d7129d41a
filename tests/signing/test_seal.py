"""What `seal` makes, and that `verify` gives back exactly what was put in."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from mappings.parser import ParseRefused, parse
from signing.errors import NoCanonicalForm, NotSealable, SigningError
from signing.sign import PROLOG, seal, seal_document
from signing.verify import verify
from tests.signing.conftest import DXP


def c14n(element):
    return etree.tostring(element, method="c14n")


def test_the_profile_to_the_letter(signer):
    (sealed,) = seal([DXP], signer=signer)
    shape = re.sub(rb"[A-Za-z0-9+/]{43,}=*", b"B64", sealed)
    assert shape == PROLOG + DXP.replace(
        b"</dxp:DxpMsg>",
        b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>'
        b'<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"></ds:CanonicalizationMethod>'
        b'<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod>'
        b'<ds:Reference URI=""><ds:Transforms>'
        b'<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform></ds:Transforms>'
        b'<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>'
        b"<ds:DigestValue>B64</ds:DigestValue></ds:Reference></ds:SignedInfo>"
        b"<ds:SignatureValue>B64</ds:SignatureValue>"
        b"<ds:KeyInfo><ds:KeyName>" + signer.key_name.encode() + b"</ds:KeyName>"
        b"<ds:X509Data><ds:X509Certificate>B64</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        b"</ds:Signature></dxp:DxpMsg>",
    )


@pytest.mark.parametrize("with_certificate", [True, False])
def test_round_trip(world, any_signer, with_certificate):
    (sealed,) = seal([DXP], signer=any_signer, with_certificate=with_certificate)
    assert (b"X509" in sealed) is with_certificate
    verified = verify(sealed, registry=world.registry, at=world.now, stated=world.now, sender=any_signer.node_id)
    assert c14n(verified.root) == DXP
    assert (verified.signer, verified.suite) == (any_signer.node_id, any_signer.suite)
    assert verified.certificate == any_signer.certificate


def test_a_list_is_signed_in_one_call(world, signer):
    calls = []

    class Counting:
        node_id, suite, key_name, certificate = signer.node_id, signer.suite, signer.key_name, signer.certificate

        def sign(self, inputs):
            calls.append(len(inputs))
            return signer.sign(inputs)

    messages = [DXP.replace(b"M1", f"M{n}".encode()) for n in range(5)]
    sealed = seal(messages, signer=Counting())
    assert calls == [5]
    assert [c14n(verify(each, registry=world.registry, at=world.now).root) for each in sealed] == messages
    assert seal([], signer=signer) == []


ROOTS = {
    "default namespace": '<r xmlns="urn:a"></r>',
    "no namespace": "<r></r>",
    "namespaces that nobody uses": '<r xmlns="urn:a" xmlns:b="urn:b" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"></r>',
    "ds is taken": '<ds:r xmlns:ds="urn:not-dsig"><ds:a></ds:a></ds:r>',
    "ds is dsig already": '<r xmlns:ds="http://www.w3.org/2000/09/xmldsig#"></r>',
    "language of the root": '<r xmlns:b="urn:b" a="1" xml:lang="zh-CN" xml:space="preserve" b:a="2"> x </r>',
    "nested root of the same name": "<r><r></r></r>",
    "end tag in an attribute": '<r a="&lt;/r>">/</r>',
    "text after the last child": "<r><a></a>尾</r>",
}


@pytest.mark.parametrize("text", ROOTS.values(), ids=ROOTS)
def test_any_root(world, signer, text):
    message = text.encode()
    assert c14n(etree.fromstring(message)) == message, "the test's own input is canonical"
    (sealed,) = seal([message], signer=signer)
    assert c14n(verify(sealed, registry=world.registry, at=world.now).root) == message


names = st.text("abcé企", min_size=1, max_size=5)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff\ufffd"), max_size=12)
spaces = st.sampled_from([None, "urn:a", "urn:b", "http://www.w3.org/2000/09/xmldsig#x"])


@st.composite
def documents(draw):
    """A small tree with namespaces, attributes and texts, as bytes in canonical form."""
    prefixes = draw(st.dictionaries(st.sampled_from([None, "a", "ds", "xsi"]), st.sampled_from(["urn:a", "urn:b"])))

    def element(depth):
        space = draw(spaces)
        tag = f"{{{space}}}{draw(names)}" if space else draw(names)
        made = etree.Element(tag, nsmap=prefixes if depth == 0 else None)
        made.text, made.tail = draw(texts), draw(texts) if depth else None
        for name in draw(st.sets(names, max_size=2)):
            made.set(name, draw(texts))
        if depth == 0 and draw(st.booleans()):
            made.set("{http://www.w3.org/XML/1998/namespace}lang", "zh")
        made.extend(element(depth + 1) for _ in range(draw(st.integers(0, 2 - min(depth, 2)))))
        return made

    return c14n(element(0))


@given(documents())
@settings(max_examples=150, deadline=None)
def test_verified_tree_is_the_sealed_text(world, message):
    signer = world.signers["ecdsa-sha256"]
    try:
        sealed = seal([message], signer=signer)[0]
        verified = verify(sealed, registry=world.registry, at=world.now)
    except ParseRefused as refusal:  # the parser's own policy stands above: random letters may look wrongly decoded
        assert refusal.code == "MOJIBAKE"
        return
    assert c14n(verified.root) == message
    tree = etree.fromstring(sealed)
    signature = tree.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
    assert signature is tree[-1] and not signature.tail
    tree.remove(signature)
    assert c14n(tree) == message


def test_a_document_of_any_form_is_made_canonical_first(world, signer):
    data = '<?xml version="1.0" encoding="GBK"?>\r\n<!-- note --><a  b=\'1\'><c/><![CDATA[<镕>]]></a>'.encode("gbk")
    sealed = seal_document(data, signer=signer)
    verified = verify(sealed, registry=world.registry, at=world.now)
    assert c14n(verified.root) == '<a b="1"><c></c>&lt;镕&gt;</a>'.encode()
    assert sealed.startswith(PROLOG)


def test_sealing_twice_is_refused(signer):
    with pytest.raises(NotSealable, match="SIG_MULTI"):
        seal_document(seal([DXP], signer=signer)[0], signer=signer)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"text",
        b"<?xml version='1.0'?><a></a>",
        b"<a></a>\n",
        b"<!--x--><a></a>",
        b"<a></b>",
        b"<a",
        b"<a/>",
        b'<a b="></a>',
    ],
)
def test_what_has_no_canonical_text_is_not_sealed(signer, message):
    with pytest.raises(NotSealable):
        seal([message], signer=signer)


def test_an_undeclared_prefix_is_not_sealed(signer):
    with pytest.raises(NotSealable):
        seal([b"<p:a></p:a>"], signer=signer)


def test_a_relative_namespace_has_no_canonical_form(signer):
    with pytest.raises(NoCanonicalForm):
        seal_document(b'<a xmlns="b/c"/>', signer=signer)
    with pytest.raises(SigningError):
        seal([b'<a xmlns="b/c"></a>'], signer=signer)


def test_sealing_does_not_read_the_message_as_a_tree(signer, monkeypatch):
    seal([DXP], signer=signer)  # the start tag is known from here on
    monkeypatch.setattr("signing.sign.parse_canonical", None)
    assert seal([DXP.replace(b"M1", b"M2")], signer=signer)


def test_what_was_sealed_parses_within_the_policy(signer):
    assert parse(seal([DXP], signer=signer)[0]).tag == "{http://www.chinaport.gov.cn/dxp}DxpMsg"
