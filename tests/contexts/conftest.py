"""Fixtures that several test files share."""

import pytest

from security.models import User
from tests.dispatch.answered import claimed, concluded


@pytest.fixture
def plain_ada(ada):
    """ada as the owner of the workspace, and not of the staff."""
    User.objects.filter(id=ada.user.id).update(is_staff=False, is_superuser=False)
    ada.user.refresh_from_db()
    return ada


@pytest.fixture
def told(ada, conversation):
    """A message of ada's (or somebody else's), and its answer."""

    def tell(text, person=None):
        return concluded(claimed(person or ada, conversation, text=text)).message

    return tell


@pytest.fixture
def listed(ada, conversation):
    """What REST lists: for everything `person` may see."""

    def ask(query="", person=None):
        answer = (person or ada).get(f"/api/v1/conversations/{conversation.id}/entities/{query}")
        assert answer.status_code == 200, answer.json()
        return answer.json()["results"]

    return ask


@pytest.fixture
def one(listed):
    """The only one of a type, or with a value."""

    def find(word, query="?all=true"):
        [found] = [row for row in listed(query) if word in (row["type"], row["value"])]
        return found

    return find
