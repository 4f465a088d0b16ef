"""docs/events.md and docs/asyncapi.json are what the code declares, and the latter is an AsyncAPI 3.0 document."""

import re
from typing import Any, Final

import pytest
from django.urls import resolve
from jsonschema import Draft7Validator, Draft202012Validator

from dispatch import asyncapi_channels, operations, socket_frames, sse
from dispatch.submissions import SubmissionShape
from project import eventtypes
from project.management.commands import document_events
from tests.contract import document
from tests.modes import once

pytestmark = once

# The fields of the objects of AsyncAPI 3.0 that are used here: those that must be, and those that may.
FIELDS: Final = {
    "document": ("asyncapi info", "id servers defaultContentType channels operations components"),
    "info": ("title version", "description termsOfService contact license tags externalDocs"),
    "server": (
        "host protocol",
        "protocolVersion pathname title summary description variables security tags externalDocs bindings",
    ),
    "channel": ("", "address messages title summary description servers parameters tags externalDocs bindings"),
    "operation": (
        "action channel",
        "title summary description security tags externalDocs bindings traits messages reply",
    ),
    "reply": ("", "address channel messages"),
    "message": (
        "",
        "headers payload correlationId contentType name title summary description tags externalDocs bindings examples "
        "traits",
    ),
    "components": (
        "",
        "schemas servers channels operations messages securitySchemes serverVariables parameters correlationIds "
        "replies replyAddresses externalDocs tags operationTraits messageTraits serverBindings channelBindings "
        "operationBindings messageBindings",
    ),
}
NAME = re.compile(r"[A-Za-z0-9._-]+")


def objects():
    """Each object of the document that has a shape of its own: what it is, and the object."""
    whole = document()
    yield "document", whole
    yield "info", whole["info"]
    yield "components", whole["components"]
    for kind, found in (("server", whole["servers"]), ("channel", whole["channels"])):
        yield from ((kind, one) for one in found.values())
    for operation in whole["operations"].values():
        yield "operation", operation
        if "reply" in operation:
            yield "reply", operation["reply"]
    yield from (("message", message) for message in whole["components"]["messages"].values())


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [reference for inner in part.values() for reference in references(inner)]
    return [reference for inner in part for reference in references(inner)] if isinstance(part, list) else []


def target(reference: str) -> Any:
    found: Any = document()
    assert reference.startswith("#/"), reference
    for step in reference[2:].split("/"):
        found = found[step]
    return found


@pytest.mark.parametrize("name", ["events.md", "asyncapi.json"])
def test_page_is_what_the_code_declares(name):
    [(path, text)] = [(path, text) for path, text in document_events.files().items() if path.name == name]

    assert path.read_text(encoding="utf-8") == text, "stale; write it with manage.py document_events"


def test_document_is_asyncapi_3():
    assert document()["asyncapi"] == "3.0.0"
    for kind, found in objects():
        required, optional = (set(fields.split()) for fields in FIELDS[kind])
        assert required <= set(found) <= required | optional, (kind, found)


def test_every_reference_leads_somewhere():
    assert references(document())
    for reference in references(document()):
        assert isinstance(target(reference), dict), reference


def test_everything_that_is_defined_is_used_and_well_named():
    used = set(references(document()))

    for kind in ("messages", "schemas", "securitySchemes"):
        for name in document()["components"][kind]:
            assert NAME.fullmatch(name)
            assert f"#/components/{kind}/{name}" in used, name


def test_messages_of_an_operation_are_those_of_its_channel():
    for name, operation in document()["operations"].items():
        assert operation["action"] in {"send", "receive"}
        for part in filter(None, (operation, operation.get("reply"))):
            channel = part["channel"]["$ref"]
            assert part["messages"], name
            assert all(message["$ref"].startswith(f"{channel}/messages/") for message in part["messages"]), name


def test_every_message_of_a_channel_is_sent_or_received():
    used = {reference for operation in document()["operations"].values() for reference in references(operation)}

    for name, channel in document()["channels"].items():
        for message in channel["messages"]:
            assert f"#/channels/{name}/messages/{message}" in used


def test_parameters_of_an_address_are_told():
    for channel in document()["channels"].values():
        assert set(re.findall(r"{(\w+)}", channel["address"])) == set(channel.get("parameters", {}))


def test_payloads_are_schemas_for_every_reader():
    components = document()["components"]
    for schema in [
        *components["schemas"].values(),
        *(message["payload"] for message in components["messages"].values()),
    ]:
        Draft202012Validator.check_schema(schema)
        Draft7Validator.check_schema(schema)


def test_every_type_and_every_operation_is_told():
    told = set(document()["components"]["messages"])

    assert told == {*eventtypes.REGISTRY, *(f"client.{op}" for op in operations.OPERATIONS), "ok", "error"}


@pytest.mark.parametrize("way", asyncapi_channels.WAYS, ids=lambda way: way.name)
def test_every_channel_of_a_log_is_served(way):
    path = way.address.replace("{id}", "00000000-0000-0000-0000-000000000001")

    assert sse.wanted({"method": "GET", "path": path, "headers": [(b"accept", b"text/event-stream")]})
    assert resolve(path)


def test_fields_of_an_operation_are_those_that_the_socket_takes():
    asked = {op: set(operation.asks["properties"]) for op, operation in socket_frames.OPERATIONS.items()}
    taken = {op: operation.fields for op, operation in operations.OPERATIONS.items()}

    assert {op: asked[op] for op, fields in taken.items() if fields is not None} == {
        op: set(fields) for op, fields in taken.items() if fields is not None
    }
    assert asked["send"] == {"conversation", "client_id", *SubmissionShape().fields}
