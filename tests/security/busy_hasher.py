"""Hashers during whose work somebody else sets the password, or deactivates the user."""

from typing import Any, ClassVar

from django.contrib.auth.hashers import BasePasswordHasher

from security.models import User


class BusyHasher(BasePasswordHasher):
    algorithm = "busy"
    meanwhile: ClassVar[dict[str, Any]] = {"password": "set meanwhile"}

    def salt(self) -> str:
        return ""

    def encode(self, password: str, salt: str) -> str:
        return f"busy${password}"

    def verify(self, password: str, encoded: str) -> bool:
        found = encoded == f"busy${password}"
        User.objects.update(**self.meanwhile)
        return found

    def must_update(self, encoded: str) -> bool:
        return False

    def harden_runtime(self, password: str, encoded: str) -> None:
        return


class Deactivating(BusyHasher):
    meanwhile: ClassVar[dict[str, Any]] = {"is_active": False}


class Renewing(BusyHasher):
    """Of hashes that are to be renewed."""

    def must_update(self, encoded: str) -> bool:
        return True
