"""The admin's forms that set a password: one's own, and somebody else's. Nothing but the password is written: who was
deactivated while the form was being looked at stays so.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.forms import AdminOwnPasswordChangeForm, AdminPasswordChangeForm

from security import freshness, passwords
from security.freshness import WrongPassword
from security.models import Session, User


class OwnPassword(AdminOwnPasswordChangeForm):
    """`auth/password` as a page: the same look at the current one, counted alike, and the same change."""

    def __init__(self, request: HttpRequest, session: Session, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request, self._session = request, session

    def clean_old_password(self) -> str:
        """:raises RateLimited: when too many passwords were tried."""
        current = passwords.short_enough(self.cleaned_data["old_password"])
        try:
            self.user = freshness.confirm(self._request, self._session, current, "/old_password")
        except WrongPassword as refusal:
            raise ValidationError(self.error_messages["password_incorrect"], code=refusal.code) from refusal
        return current

    def save(self, commit: bool = True) -> User:
        """:raises PasswordChangedMeanwhile: by staff, say, whose change stands."""
        user: User = self.user
        passwords.replace(user, self.cleaned_data["new_password1"], self._session)
        return user


class SomebodysPassword(AdminPasswordChangeForm):
    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit=False)
        user.save(update_fields=["password"])
        return user
