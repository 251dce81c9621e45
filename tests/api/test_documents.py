"""Documents over the JSON API: who may add them, and who reads them."""

from __future__ import annotations

from fastapi.testclient import TestClient

from tests.api.conftest import Client
from tests.api.grants import post, start
from tests.service.files import PDF
from tests.service.people import PASSWORD


def test_documents(deployed: TestClient, as_: Client) -> None:
    citizen, clerk = as_("qunzhong"), as_("jiedao")
    made = citizen.post("/v2/documents", files={"file": ("证书 1.pdf", PDF, "text/html")})
    assert made.status_code == 201, made.text
    reference = made.json()
    assert reference["camunda.document.type"] == "camunda"
    assert reference["metadata"]["contentType"] == "application/pdf"
    path = f"/v2/documents/{reference['documentId']}"
    got = citizen.get(path, params={"contentHash": reference["contentHash"]})
    assert got.content == PDF
    assert got.headers["content-disposition"].startswith("attachment; filename=")
    assert "filename*=UTF-8''%E8%AF%81%E4%B9%A6%201.pdf" in got.headers["content-disposition"]
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert citizen.get(path, params={"contentHash": "0"}).status_code == 409
    assert clerk.get(path).status_code == 404
    assert deployed.get(path).status_code == 404
    assert clerk.delete(path).status_code == 404
    assert citizen.delete(path).status_code == 204
    assert citizen.get(path).status_code == 404
    refused = citizen.post("/v2/documents", files={"file": ("a.pdf", b"<html>", "application/pdf")})
    assert refused.status_code == 415
    assert citizen.post("/v2/documents", json={}).status_code == 400
    assert citizen.post("/v2/documents", data={"file": "text"}).status_code == 400


def test_documents_belong_to_their_case(deployed: TestClient, as_: Client) -> None:
    """Sent with the form, a document is seen by whoever sees the case, and by nobody else."""
    post(
        deployed,
        "/v2/users",
        {"username": "other", "name": "外人", "password": PASSWORD},
        expect=201,
    )
    group = "citizen@kuiwen"
    assert deployed.put(f"/v2/groups/{group}/users/other").status_code == 204
    citizen, clerk, other = as_("qunzhong"), as_("jiedao"), as_("other")

    def upload(client: TestClient) -> str:
        made = client.post("/v2/documents", files={"file": ("证书.pdf", PDF)})
        document: str = made.json()["documentId"]
        return document

    mine, theirs = upload(citizen), upload(other)
    stolen = start(citizen, expect=422, papers=[theirs])
    assert "papers" in {p["path"].partition(".")[0] for p in stolen["problems"]}
    for wrong in (["4194304"], ["x"], [{}], "x", [mine, mine, theirs]):
        start(citizen, expect=422, papers=wrong)
    case = start(citizen, papers=[mine])
    path = f"/v2/documents/{mine}"
    assert citizen.get(path).content == PDF
    assert clerk.get(path).content == PDF
    assert deployed.get(path).content == PDF
    assert other.get(path).status_code == 404
    assert citizen.delete(path).status_code == 403
    start(citizen, expect=422, papers=[mine])
    post(
        citizen, f"/v2/process-instances/{case['processInstanceKey']}/withdrawal", {"reason": "错"}
    )
    assert citizen.get(path).content == PDF
