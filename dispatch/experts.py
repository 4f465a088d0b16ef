"""Experts that come with the installation and know what was said. They quote, and make nothing up."""

from collections.abc import Iterator

from dispatch import digest, digest_shapes, research, research_shapes
from integrations import python_experts
from integrations.contract import Skill, Task, Update

SEARCH = Skill("search", "Finds what was said, with links.", research_shapes.INPUT, research_shapes.OUTPUT)
SUMMARIZE = Skill(
    "summarize", "Sums up this conversation in its own sentences.", digest_shapes.INPUT, digest_shapes.OUTPUT
)


@python_experts.register("research", "Research", (SEARCH,), shipped=True)
class Research:
    """Searches the messages of the workspace that you may read, and quotes those that fit best. No model is asked."""

    def start(self, task: Task) -> Iterator[Update]:
        yield research.answer(task)


@python_experts.register("summary", "Summary", (SUMMARIZE,), shipped=True)
class Summary:
    """Sums up the conversation with sentences that were said in it. No model is asked."""

    def start(self, task: Task) -> Iterator[Update]:
        yield digest.answer(task)
