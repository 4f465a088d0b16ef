"""Refusals of the API, looked at in one way."""

from typing import Any

FIELDS = {"type", "title", "status", "detail", "code", "request_id"}


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The body of a refusal, once it has the form that every refusal has."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert set(body) - {"errors"} == FIELDS
    assert (body["status"], body["code"]) == (status, code)
    assert body["request_id"] == response["X-Request-ID"]
    assert (status == 401 or code == "scope_missing") == response.has_header("WWW-Authenticate")  # RFC 6750
    return body


def refusal(response: Any) -> tuple[int, dict[str, str], dict[str, Any]]:
    """All that a refusal tells, apart from the id of its request: two that tell the same are equal."""
    body = {name: value for name, value in response.json().items() if name != "request_id"}
    headers = {name: value for name, value in response.headers.items() if name != "X-Request-ID"}
    return response.status_code, headers, body
