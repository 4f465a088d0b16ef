"""What an expert asks is asked of the conversation first: a thing that people have said already is not asked again."""

from typing import Any

from dispatch.delegation_models import Delegation
from integrations.contract import Question
from project import schemas


def answer(delegation: Delegation, question: Question, schema: dict[str, Any] | None) -> dict[str, Any] | None:
    """An answer that fits the schema, made of what is known; None where anything is missing.

    Only what everybody here may read, and only what who asks has said of themselves or of the conversation.
    """
    if schema is None or not question.known:
        return None
    found = {name: _known(delegation, wanted) for name, wanted in question.known.items()}
    made = {name: value for name, value in found.items() if value is not None}
    return made if made and not schemas.read(schema).violations(made) else None


def _known(delegation: Delegation, wanted: str) -> Any:
    metadata = delegation.conversation.metadata
    if wanted in metadata:
        return metadata[wanted]
    return None
