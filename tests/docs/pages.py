"""The pages of the documentation, as tests read them."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


def first_column(page: str, heading: str) -> list[str]:
    """The words in backticks that begin the rows of the table whose first heading is this."""
    table = (ROOT / page).read_text().partition(f"| {heading} |")[2].partition("\n\n")[0]
    cells = re.findall(r"^\|([^|]*)\|", table, re.MULTILINE)
    return [word for cell in cells for word in re.findall(r"`(\w+)`", cell)]
