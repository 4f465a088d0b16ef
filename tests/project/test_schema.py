"""The OpenAPI document tells every path there is, and its page needs nobody else's server."""

import re

import pytest
import yaml
from django.core.management import call_command
from django.urls import URLResolver, get_resolver, resolve

from project import urls

ID = "00000000-0000-0000-0000-000000000001"
UNTOLD = {"/api/v1/schema", "/api/v1/docs"}
STORING_NOTHING = {
    "/api/v1/dispatch/explain",
    "/api/v1/rules/try",
    "/api/v1/conversations/{id}/context/prune",
    "/api/v1/conversations/{id}/context/invalidate",
}


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    call_command("spectacular", "--validate", "--file", str(path))
    return yaml.safe_load(path.read_text())


def served():
    """The paths of `project.urls` below /api/v1/, in OpenAPI's writing."""
    below = next(p for p in get_resolver().url_patterns if isinstance(p, URLResolver) and str(p.pattern) == "api/v1/")
    assert len(below.url_patterns) == len(urls.api)
    return {"/api/v1/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern)) for pattern in below.url_patterns}


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_the_document_is_written_without_a_warning(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml"))


def test_the_document_is_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")


def test_every_path_is_told(document):
    assert set(document["paths"]) == served() - UNTOLD


def test_every_method_that_a_path_takes_is_told(document):
    for path, methods in document["paths"].items():
        view = vars(resolve(re.sub(r"{\w+}", ID, path)).func)["view_class"]
        taken = {name for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)}
        assert set(methods) == taken, path


def test_every_operation_has_a_summary_and_an_id_of_its_own(document):
    every = [operation for _, _, operation in operations(document)]

    assert len({operation["operationId"] for operation in every}) == len(every)
    assert all(operation.get("summary") for operation in every)


SIGNED = {"/api/v1/callbacks/{token}"}  # nobody signs in there: the body is signed, and known by its own id


def test_signing_in_takes_no_token_and_everything_else_does(document):
    open_paths = {path for path, _, operation in operations(document) if {} in operation.get("security", [{}])}

    assert open_paths == {"/api/v1/auth/token", "/api/v1/auth/refresh", "/api/v1/auth/revoke"} | SIGNED


# Once more changes nothing, with or without a key.
NOT_CREATING = {
    f"/api/v1/{path}"
    for path in (
        "runs/{id}/cancel",
        "review/{id}/release",
        "review/{id}/reject",
        "findings/{id}/verdict",
        "delegations/{id}/cancel",
        "delegations/{id}/input",
        "experts/{id}/accept/",
    )
}
UNREPEATABLE = {"/api/v1/experts/{id}/rotate-secret/"}  # its answer is a secret, which is kept nowhere


def test_requests_that_create_may_carry_an_idempotency_key(document):
    posts = {path for path, method, _ in operations(document) if method == "post" and "/auth/" not in path}
    creating = posts - STORING_NOTHING

    keyed = {
        path
        for path, _, operation in operations(document)
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", []))
    }

    assert keyed == creating - NOT_CREATING - SIGNED - UNREPEATABLE


def test_the_document_is_served_to_everybody(client):
    answer = client.get("/api/v1/schema")

    assert answer.status_code == 200
    assert "openapi: 3.1" in answer.content.decode()


def test_the_page_loads_nothing_from_elsewhere(client):
    page = client.get("/api/v1/docs")

    loaded = re.findall(r"""(?:src|href)=["']([^"']+)""", page.content.decode())
    assert page.status_code == 200
    assert loaded
    assert [address for address in loaded if not address.startswith(("/", "data:")) or address.startswith("//")] == []
    assert "<script>" not in page.content.decode()


@pytest.mark.django_db  # a file that was sent lets go of its connection
def test_what_the_page_loads_is_there(client):
    page = client.get("/api/v1/docs").content.decode()

    for address in re.findall(r"""(?:src|href)=["'](/[^"']+)""", page):
        answer = client.get(address)
        assert answer.status_code == 200, address
        answer.close()


def test_the_page_may_reach_no_other_origin(client):
    policy = dict(
        part.strip().split(" ", 1) for part in client.get("/api/v1/docs")["Content-Security-Policy"].split(";")
    )

    assert policy["default-src"] == policy["script-src"] == policy["connect-src"] == "'self'"
    assert "http" not in str(policy)
