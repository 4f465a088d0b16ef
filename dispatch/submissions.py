"""What a client may submit, parsed once for every door. The role is always `user`: nobody forges the assistant."""

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from rest_framework import serializers

from contexts import expiry
from contexts.serializers import check_metadata
from dispatch.models import Audience
from project.problems import Invalid, translate
from security import idempotency
from security.material import Body

PRIORITIES: Final = {"high": 1, "normal": 0, "low": -1}
# What the server obeys. Each is one of a few words, which give nothing away: masked, a private answer would be public.
STEERING: Final = ("audience", "priority")
LONGEST_NAME: Final = 100  # of an expert or a skill
PART_TYPES: Final = {"text": {"type", "text"}, "data": {"type", "data"}}


@dataclass(frozen=True)
class Submission:
    """One message as it came in. `key` makes retries safe; `digest` tells a retry from another message."""

    kind: str
    text: str
    parts: tuple[dict[str, Any], ...]
    metadata: dict[str, Any]
    reply_to: UUID | None
    key: str | None
    digest: str

    @property
    def body(self) -> Body:
        """What the filters read."""
        return Body(self.text, self.parts, unsteering(self.metadata))

    def masked(self, shown: Body) -> "Submission":
        """With what the filters made of it."""
        return replace(self, text=shown.text, parts=shown.parts, metadata={**shown.metadata, **steering(self.metadata)})


def steering(metadata: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in metadata.items() if name in STEERING}


def unsteering(metadata: dict[str, Any]) -> dict[str, Any]:
    """What somebody says in it: filters read this, and nothing else of it."""
    return {name: value for name, value in metadata.items() if name not in STEERING}


def original(sent: dict[str, Any] | None, metadata: dict[str, Any]) -> dict[str, Any] | None:
    """As it was sent, where that is not what is shown, with what no filter reads."""
    return sent and {**sent, "metadata": {**sent["metadata"], **steering(metadata)}}


def check_priority(metadata: Any) -> None:
    if isinstance(metadata, dict) and metadata.get("priority", "normal") not in list(PRIORITIES):
        raise serializers.ValidationError(f"The priority is one of {', '.join(PRIORITIES)}.")


def check_audience(metadata: Any) -> None:
    if isinstance(metadata, dict) and metadata.get("audience", Audience.CONVERSATION) not in Audience.values:
        raise serializers.ValidationError(f"The audience is one of {', '.join(Audience.values)}.")


def check_expiry(metadata: Any) -> None:
    said = metadata.get("expires_at") if isinstance(metadata, dict) else None
    if said is not None and expiry.ends(metadata) is None:
        raise serializers.ValidationError("`expires_at` is a time with its zone.", code="invalid_expires_at")


def check_expert(metadata: Any) -> None:
    for name in ("expert", "skill"):
        said = metadata.get(name, "x") if isinstance(metadata, dict) else "x"
        if not isinstance(said, str) or not 0 < len(said) <= LONGEST_NAME:
            detail = f"`{name}` names one: a text of at most {LONGEST_NAME} characters."
            raise serializers.ValidationError(detail, code=f"invalid_{name}")


CHECKS: Final = [check_metadata, check_priority, check_audience, check_expiry, check_expert]


class EditShape(serializers.Serializer[Any]):
    """What may be changed of a message. What is not sent stays as it was sent before."""

    text = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False, max_length=None)
    parts = serializers.ListField(child=serializers.JSONField(), required=False, max_length=50)
    metadata = serializers.JSONField(required=False, validators=CHECKS)

    def validate_parts(self, parts: list[Any]) -> list[Any]:
        for part in parts:
            _check_part(part)
        return parts

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        unknown = set(self.initial_data) - set(self.fields)
        if unknown:
            raise serializers.ValidationError(dict.fromkeys(sorted(unknown), "There is no such field."))
        return attrs


class SubmissionShape(EditShape):
    kind = serializers.CharField(max_length=40, default="text")
    text = serializers.CharField(
        required=False, default="", allow_blank=True, trim_whitespace=False, max_length=None, help_text="Or `parts`."
    )
    parts = serializers.ListField(child=serializers.JSONField(), required=False, default=list, max_length=50)
    metadata = serializers.JSONField(required=False, default=dict, validators=CHECKS)
    reply_to = serializers.UUIDField(required=False, default=None, allow_null=True)


def parse(body: Any, key: str | None) -> Submission:
    """:raises Invalid: with pointers to what is wrong. :raises MalformedKey: when the key cannot be one."""
    fields = _read(SubmissionShape(data=body))
    return Submission(
        kind=fields["kind"],
        text=fields["text"],
        parts=tuple(fields["parts"]),
        metadata=fields["metadata"],
        reply_to=fields["reply_to"],
        key=idempotency.check_key(key),
        digest=idempotency.digest(body),
    )


def parse_edit(body: Any) -> dict[str, Any]:
    """The fields that are to change: some of text, parts and metadata.

    :raises Invalid: with pointers to what is wrong.
    """
    return _read(EditShape(data=body))


def _read(shape: EditShape) -> dict[str, Any]:
    try:
        shape.is_valid(raise_exception=True)
    except serializers.ValidationError as error:
        raise translate(error) or Invalid() from error
    fields: dict[str, Any] = shape.validated_data
    return fields


def _check_part(part: Any) -> None:
    known = isinstance(part, dict) and PART_TYPES.get(str(part.get("type")))
    if not known:
        raise serializers.ValidationError(f"A part has a `type`, one of {', '.join(PART_TYPES)}.")
    if set(part) != known:
        raise serializers.ValidationError(f"A part of type {part['type']} has the fields {', '.join(sorted(known))}.")
    if part["type"] == "text" and not isinstance(part["text"], str):
        raise serializers.ValidationError("The `text` of a part is a string.")
