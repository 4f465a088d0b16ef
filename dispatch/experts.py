"""Experts that come with the installation and know what was said. They quote, and make nothing up."""

from collections.abc import Iterator

from dispatch import research, research_shapes
from integrations import python_experts
from integrations.contract import Skill, Task, Update

SEARCH = Skill("search", "Finds what was said, with links.", research_shapes.INPUT, research_shapes.OUTPUT)


@python_experts.register("research", "Research", (SEARCH,), shipped=True)
class Research:
    """Searches the messages of the workspace that you may read, and quotes those that fit best. No model is asked."""

    def start(self, task: Task) -> Iterator[Update]:
        yield research.answer(task)
