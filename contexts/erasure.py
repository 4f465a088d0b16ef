"""What a person has said, and what is known from it."""

from uuid import UUID

from contexts import forgetting
from project import erasure


@erasure.of("messages")
def erase(subject: UUID) -> int:
    return forgetting.forget(subject)
