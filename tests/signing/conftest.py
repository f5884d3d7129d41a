"""Keys for the whole run: one of each suite, made once, and the registry that both ends share."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from signing.keys import Registry, load_signer, make_own

NODES = {"rsa-sha256": "DXPENT0000000001", "rsa-sha512": "DXPENT0000000002", "ecdsa-sha256": "DXPEDC0000000003"}
DXP = (
    '<dxp:DxpMsg xmlns:dxp="http://www.chinaport.gov.cn/dxp" ver="1.0"><dxp:TransInfo><dxp:CopMsgId>M1</dxp:CopMsgId>'
    "<dxp:SenderId>DXPENT0000000001</dxp:SenderId></dxp:TransInfo><dxp:Data>5rWL6K+V</dxp:Data>"
    '<dxp:AddInfo><dxp:BizKey><dxp:Key name="a>c">示例 &amp; 公司</dxp:Key></dxp:BizKey></dxp:AddInfo></dxp:DxpMsg>'
).encode()
"""An envelope in canonical form, with a bare ">" in an attribute, as C14N writes it."""


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """folder, now, signers by suite, registry."""
    folder, now = tmp_path_factory.mktemp("keys"), datetime.now(UTC)
    for suite, node in NODES.items():
        make_own(folder, node, name="示例进出口有限公司", passphrase=None, now=now, suite=suite)
    signers = {suite: load_signer(folder, node) for suite, node in NODES.items()}
    return SimpleNamespace(folder=folder, now=now, signers=signers, registry=Registry.load(folder))


@pytest.fixture
def signer(world):
    return world.signers["rsa-sha256"]


@pytest.fixture(params=NODES)
def any_signer(request, world):
    return world.signers[request.param]
