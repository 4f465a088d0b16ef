"""Hashes of passwords, renewed at a sign-in where they are of an older kind."""

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AbstractUser


class RenewsHash(AbstractUser):
    class Meta:
        abstract = True

    def check_password(self, raw_password: str | None) -> bool:
        """Django's writes the renewed hash over a password that was set meanwhile. Here, too, it is no change."""
        checked = self.password

        def renew(password: str) -> None:
            renewed = make_password(password)
            if type(self)._default_manager.filter(pk=self.pk, password=checked).update(password=renewed):
                self.password = renewed

        return check_password(raw_password, checked, renew)
