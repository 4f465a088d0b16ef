"""What is answered fits the OpenAPI document, whoever asks."""

import pytest
import yaml
from jsonschema import Draft202012Validator

from security.models import Membership
from tests import admin_rows

EXPLAIN = "/api/v1/dispatch/explain"


@pytest.fixture
def faults(client):
    document = yaml.safe_load(client.get("/api/v1/schema").content)

    def found(path, method, answer):
        assert answer.status_code == 200, answer.content
        content = document["paths"][path][method]["responses"]["200"]["content"]
        schema = {**content["application/json"]["schema"], "components": document["components"]}
        broken = Draft202012Validator(schema).iter_errors(answer.json())
        return [f"{fault.json_path}: {fault.message}" for fault in broken]

    return found


@pytest.mark.parametrize("role", ["viewer", "admin"])
def test_answers_about_decisions_fit_the_document(ada, bob, conversation, faults, role):
    Membership.objects.filter(user=bob.user).update(role=role)
    admin_rows.route(ada.workspace, "own", conditions={"text": "bye"}, deadline=9)
    everybodys = admin_rows.route(None, conditions={"sender": ["ada"]})
    said = ada.post(f"/api/v1/conversations/{conversation.id}/messages/", {"text": "hello"}).json()
    early = admin_rows.run(admin_rows.message(conversation, 99), decision={}, error={"code": "timeout", "detail": ""})

    for person in (ada, bob):
        for run in (said["run"], early.id):
            assert faults("/api/v1/runs/{id}/", "get", person.get(f"/api/v1/runs/{run}/")) == []
        for path in ("/api/v1/routes/", "/api/v1/handlers/", "/api/v1/experts/"):
            assert faults(path, "get", person.get(path)) == []
    assert faults("/api/v1/routes/{id}/", "get", ada.get(f"/api/v1/routes/{everybodys.id}/")) == []
    for person in (ada, bob) if role == "admin" else (ada,):
        for text in ("hello", "bye"):
            asked = {"workspace": str(ada.workspace.id), "text": text}
            assert faults(EXPLAIN, "post", person.post(EXPLAIN, asked)) == []


def test_answers_about_experts_fit_the_document(ada, faults):
    skill = {"name": "count", "description": "", "input": {"type": "object"}, "output": {}}
    told = {"name": "Far", "description": "", "skills": [skill], "digest": "y"}
    plain, changed = (
        admin_rows.expert(ada.workspace, slug, skills=[skill], described=described, concurrency=limit)
        for slug, described, limit in (("plain", None, None), ("changed", told, 3))
    )

    for one in (plain, changed):
        assert faults("/api/v1/experts/{id}/", "get", ada.get(f"/api/v1/experts/{one.id}/")) == []
    assert faults("/api/v1/experts/", "get", ada.get("/api/v1/experts/")) == []
    path = f"/api/v1/experts/{changed.id}/accept/"
    assert faults("/api/v1/experts/{id}/accept/", "post", ada.post(path, {"digest": "y"})) == []
