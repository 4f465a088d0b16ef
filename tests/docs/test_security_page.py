"""What docs/security.md says of the roles is what the code gives them."""

import re

from security import roles
from tests.docs.pages import ROOT


def test_roles_of_the_page_are_those_that_ship():
    table = (ROOT / "docs/security.md").read_text().partition("| Role | ")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| ([a-z ]+) \| .* \| (.*) \|$", table, re.MULTILINE)

    assert {role: tuple(re.findall(r"`([\w.]+)`", named)) for role, named in rows} == roles.POWERS
