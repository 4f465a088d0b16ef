from collections.abc import Iterator
from typing import Any

from integrations import python_experts
from integrations.contract import Question, Result, Skill, Task, Update

METRES = {"m": 1.0, "km": 1000.0, "foot": 0.3048, "mile": 1609.344}
UNIT = {"enum": list(METRES)}
TO = {"type": "object", "properties": {"to": UNIT}, "required": ["to"]}
LENGTH = {
    "type": "object",
    "properties": {"value": {"type": "number"}, "unit": UNIT, "to": UNIT},
    "required": ["value", "unit"],
}
CONVERTED = {"type": "object", "properties": {"value": {"type": "number"}}, "required": ["value"]}


@python_experts.register("measures", "Measures", (Skill("convert", "Converts a length.", LENGTH, CONVERTED),), 10)
class Measures:
    """Converts lengths. Where nobody says into what, it asks; a conversation whose metadata has `unit` knows."""

    def start(self, task: Task) -> Iterator[Update]:
        if "to" in task.input:
            yield from self.resume(task, task.input)
        else:
            yield Question("Into which unit?", TO, known={"to": "unit"})

    def resume(self, task: Task, answer: Any) -> Iterator[Update]:
        value = task.input["value"] * METRES[task.input["unit"]] / METRES[answer["to"]]
        yield Result({"value": value}, f"{task.input['value']:g} {task.input['unit']} is {value:g} {answer['to']}.")
