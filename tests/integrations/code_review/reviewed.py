"""Code that is reviewed by the expert as it is shipped, without anything around it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from integrations.code_review.expert import CodeReview
from integrations.code_review.schemas import OUTPUT
from integrations.code_review.tools import Tools
from integrations.contract import Progress, Result, Task, Update
from project import schemas


def task(given: Any, seconds: float = 120, artifacts: tuple[dict[str, Any], ...] = ()) -> Task:
    deadline = datetime.now(UTC) + timedelta(seconds=seconds)
    return Task(
        id=uuid4(),
        expert="code_review",
        skill="review",
        input=given,
        conversation=uuid4(),
        workspace=uuid4(),
        asker=None,
        deadline=deadline,
        attempt=1,
        artifacts=artifacts,
    )


def updates(given: Any, tools: Tools | None = None, **more: Any) -> list[Any]:
    async def every(said: AsyncIterator[Update]) -> list[Update]:
        return [update async for update in said]

    return asyncio.run(every(CodeReview(tools).start(task(given, **more))))


def review(given: Any, tools: Tools | None = None, **more: Any) -> Result:
    """The result, whose output fits the schema that the skill declares."""
    *progress, result = updates(given, tools, **more)
    assert all(isinstance(one, Progress) for one in progress)
    assert isinstance(result, Result)
    assert schemas.read(OUTPUT).violations(result.output) == []
    return result


def file(text: str, name: str) -> dict[str, Any]:
    return {"files": [{"name": name, "text": text}]}


def found(text: str, name: str) -> set[tuple[int, str]]:
    """Lines and rules of what is found in a file."""
    output = review(file(text, name)).output
    assert output["notes"] == []
    return {(finding["line"], finding["rule"]) for finding in output["findings"]}
