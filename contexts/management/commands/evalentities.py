"""How good the recognition of entities is: precision and recall of each type on labelled texts."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contexts import entity_evaluation
from contexts.entity_evaluation import BadLine


class Command(BaseCommand):
    help = (
        "Recognises entities in labelled texts (JSON Lines: text, and spans of type, start and end) and prints "
        "precision and recall of each type. What overlaps counts as met; exact is what is met to the letter."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="PATH")
        parser.add_argument("--labelled", action="store_true", help="the file has lines with [type:words] instead")
        parser.add_argument("--half", choices=("a", "b"), help="every other row of it")

    def handle(self, *args: Any, **options: Any) -> None:
        read = entity_evaluation.marked if options["labelled"] else entity_evaluation.rows
        try:
            labelled = list(read(options["path"]))
        except BadLine as error:
            raise CommandError(str(error), returncode=2) from error
        if options["half"]:
            labelled = labelled[options["half"] == "b" :: 2]
        for line in entity_evaluation.table(entity_evaluation.scores(labelled)):
            self.stdout.write(line)
