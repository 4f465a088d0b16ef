"""Programs: who comes by an API key."""

from uuid import UUID

from rest_framework.test import APIClient

from security import keyring
from security.keyring import Wish
from tests.people import Person


class Program(Person):
    """With a key of its owner's, for their workspace unless another one is named."""

    def __init__(self, owner: Person, *scopes: str, workspace: UUID | None = None) -> None:
        wish = Wish("program", workspace or owner.workspace.id, frozenset(scopes))
        self.key, self.token = keyring.make(owner.session, wish)
        self.user, self.session = owner.user, self.key.session
        self.client = APIClient(raise_request_exception=False)
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {self.token}")
