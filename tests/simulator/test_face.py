"""The face over HTTP: who gets in, what programs may order, and that nothing of a document's state is read back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="fastapi is not installed (extra: web)")

from fastapi.testclient import TestClient

from console.cli.make import demo_home
from gateway.intake.declaration import Declaration
from gateway.submission.submit import Submitter
from gateway.worker import Worker
from mappings.sample import sample
from simulator.face.app import face
from simulator.face.guard import COOKIE
from simulator.office import Office
from simulator.settings import open_customs

TOKEN = "token-of-this-test"
HOST = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home's customs with one document that waits for an officer, and what its gateway must know to listen."""
    home = demo_home(tmp_path_factory.mktemp("face") / "home", progress="manual")
    value = sample(home.contract.kinds["blank_certificate_application"], reference="FACE-1")
    assert Submitter(home, actor="test").submit([Declaration("memory", value)])[0].outcome == "accepted"
    Worker(home).until_idle()
    home.close()
    customs = open_customs(home.path / "customs")
    customs.until_idle()
    customs.close()
    return home.path / "customs"


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    with TestClient(face(folder, TOKEN), base_url=HOST, follow_redirects=False) as client:
        yield client


@pytest.fixture
def program(client: TestClient) -> TestClient:
    client.headers["authorization"] = f"Bearer {TOKEN}"
    return client


def number(folder: Path) -> str:
    with Office(folder) as office:
        return str(office.queue()[0]["number"])


def test_nobody_gets_in_without_the_token(client: TestClient) -> None:
    for path in ("/", "/documents/a/b", "/officer.css"):
        assert client.get(path).status_code == 401
    assert client.post("/control/reset").status_code == 401
    assert client.get("/?token=wrong").status_code == 401
    assert client.get("/", headers={"authorization": "Bearer wrong"}).status_code == 401


def test_the_token_becomes_a_cookie_that_no_other_site_sends(client: TestClient) -> None:
    answer = client.get(f"/?token={TOKEN}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("origin", [None, "http://evil.example", "http://127.0.0.1:9999"])
def test_a_form_of_another_page_is_refused(client: TestClient, folder: Path, origin: str | None) -> None:
    client.cookies.set(COOKIE, TOKEN)
    headers = {"origin": origin} if origin else {}
    answer = client.post("/tick", data={"span": "1d"}, headers=headers)
    assert answer.status_code == 403


def test_another_name_for_this_machine_is_refused(folder: Path) -> None:
    with TestClient(face(folder, TOKEN), base_url="http://customs.example:8000") as client:
        assert client.get("/", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 421


def test_every_answer_says_what_a_browser_may_do(program: TestClient) -> None:
    for path in ("/", "/nowhere", "/openapi.json"):
        headers = program.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"


def test_the_interface_is_described_and_reads_nothing_back(program: TestClient) -> None:
    described = program.get("/openapi.json").json()
    assert {"/control/decide", "/control/issue", "/control/notice", "/control/tick", "/control/reset"} <= set(
        described["paths"]
    )
    assert all(set(methods) == {"post"} for methods in described["paths"].values())


def test_an_order_is_carried_out_at_the_next_look(program: TestClient, folder: Path) -> None:
    wanted = number(folder)
    assert program.post("/control/decide", json={"number": wanted, "status": "HS"}).json() == {"done": True}
    customs = open_customs(folder)
    customs.until_idle()
    customs.close()
    with Office(folder) as office:
        assert office.document(wanted)["state"] == "HS"


def test_a_notice_is_sent_by_program_and_by_page(program: TestClient, folder: Path) -> None:
    with Office(folder) as office:
        node = office.settings.enterprises[0].node
    wanted = {"kind": "supplement_notice", "number": "010120241000005175", "enterprise": node, "moods": ["refuse"]}
    asked = program.post("/control/notice", json=wanted).json()["number"]
    assert program.post("/control/notice", json={**wanted, "moods": ["sad"]}).status_code == 409
    page = program.get("/").text
    assert "补录证书类型" in page and 'value="animal-products"' in page
    form = {
        "kind": "supplement_notice",
        "number": "010120241000005175",
        "enterprise": node,
        "template": "animal-products",
    }
    assert program.post("/notice", data=form, headers={"origin": HOST}).status_code == 303
    with Office(folder) as office:
        rows = [office.document(row["number"]) for row in office.statement() if row["kind"] == "supplement"]
    told = {row["number"]: row["content"].get("supplement_template", "") for row in rows}
    assert told.pop(asked) == "" and list(told.values()) == ["animal-products"]


def test_an_order_that_cannot_be_carried_out_says_why(program: TestClient, folder: Path) -> None:
    answer = program.post("/control/decide", json={"number": "B20260000009999999", "status": "HS"})
    assert answer.status_code == 409 and answer.json()["detail"]["code"] == "BIZ_UNKNOWN"
    assert program.post("/control/decide", json={"number": "x", "status": "HS", "reson": "?"}).status_code == 422
    assert program.post("/control/tick", json={"seconds": -1}).status_code == 422


def test_what_an_enterprise_wrote_is_shown_not_run(program: TestClient, folder: Path) -> None:
    with Office(folder) as office:
        row = next(row for row in office.statement() if row["kind"] == "blank_certificate_application")
        case = office._store.case(row["sender"], row["number"])
        assert case is not None
        from dataclasses import replace

        with office._store.transaction():
            office._store.save_case(replace(case, content={**case.content, "remark": "<script>alert(1)</script>"}))
    text = program.get(f"/documents/{row['sender']}/{row['number']}").text
    assert "<script" not in text and "&lt;script&gt;" in text


def test_a_page_about_nothing_says_so(program: TestClient) -> None:
    answer = program.get("/documents/DXPENT1108919038/B20260000009999999")
    assert answer.status_code == 404 and "BIZ_UNKNOWN" in answer.text


def test_an_order_on_a_page_that_cannot_be_carried_out_says_why(program: TestClient, folder: Path) -> None:
    """A person is told on a page, with the code; a look that finds nothing is 404, an order 409."""
    with Office(folder) as office:
        row = office.statement()[0]
    at = f"/documents/{row['sender']}/{row['number']}"
    for path, form, code in (
        (at, {"status": "ZZ"}, "RCP_CODE"),
        ("/documents/DXPENT1108919038/B20260000009999999", {"status": "HS"}, "BIZ_UNKNOWN"),
        ("/notice", {"kind": "certificate_application", "enterprise": "1108919038"}, "DECL_KIND"),
        ("/issue", {"enterprise": "0000000000", "inspection_no": "225N01040002194"}, "BIZ_UNKNOWN"),
    ):
        answer = program.post(path, data=form)
        assert (answer.status_code, code in answer.text) == (409, True), path
        assert answer.headers["content-type"].startswith("text/html")


def test_an_order_on_a_page_leads_on_to_a_page(program: TestClient, folder: Path) -> None:
    answer = program.post("/issue", data={"enterprise": "1108919038", "inspection_no": "225N01040002194"})
    assert answer.status_code == 303 and program.get(answer.headers["location"]).status_code == 200
    entry = program.post("/control/issue", json={"enterprise": "1108919038", "inspection_no": "010120241000005175"})
    assert entry.json() == {"number": "010120241000005175001"}  # a 报关单号: its entry certificate
    before = program.get("/").text
    assert program.post("/tick", data={"span": "7d"}).headers["location"] == "/"
    assert program.get("/?all_=1").text != before
