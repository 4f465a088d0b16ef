"""What a password may be, and what changing one ends. Named by `settings.AUTH_PASSWORD_VALIDATORS`.

No rule asks for digits or signs: length does more (NIST SP 800-63B, section 3.1.1.2).
"""

import string
from typing import Final

from django.contrib.auth.password_validation import CommonPasswordValidator, validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from project.errors import Conflict, Unprocessable
from security import freshness, sessions
from security.models import Session, User

LONGEST: Final = 1000
DECORATION: Final = string.digits + string.punctuation + string.whitespace


class PasswordRefused(Unprocessable):
    code = "password_refused"
    title = "The new password will not do"


class PasswordChangedMeanwhile(Conflict):
    code = "password_changed_meanwhile"
    title = "The password was changed from elsewhere just now"


class NotCommon(CommonPasswordValidator):
    """Django's list, and what only puts digits and signs around one of it: the list itself has 1,780 of ten characters
    and more, of which OWASP ASVS 6.2.4 asks for 3,000.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        super().validate(password, user)
        core = password.strip(DECORATION)
        if core and core.lower() in self.passwords:
            refusal = "This is a commonly used password with digits or signs around it."
            raise ValidationError(refusal, code="password_too_common")

    def get_help_text(self) -> str:
        return "It cannot be a commonly used password, nor one with digits or signs around it."


class NotEndless:
    """Longer ones are refused wherever one is given, before anything is computed of them."""

    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) > LONGEST:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return f"It can have at most {LONGEST} characters."


class EndsSessions:
    """Django calls `password_changed()` whenever a password was set, by whomever and from wherever, and saved."""

    def validate(self, password: str, user: User | None = None) -> None:
        return

    def password_changed(self, password: str, user: User) -> None:
        """A user's own change spares the session it was made in and their keys; anybody else's spares nothing."""
        over = Session.objects.filter(user=user)
        if user.spares:
            over = over.exclude(id=user.spares).exclude(kind=freshness.KEY)
        sessions.end(over, "password_changed", sessions.by_user(user.id) if user.spares else None)

    def get_help_text(self) -> str:
        return "Setting it ends the sessions that were begun with the old one."


def change(request: HttpRequest, session: Session, current: str, new: str) -> None:
    """:raises WrongPassword: RateLimited: by the current one; giving it makes the session fresh.
    :raises PasswordRefused: with pointers, when the new one is not good enough.
    :raises PasswordChangedMeanwhile: by staff, say, whose change stands.
    """
    user = freshness.confirm(request, session, current, "/current")
    _check(new, user)
    replace(user, new, session)


def replace(user: User, new: str, session: Session) -> None:
    """`user` as the current password was checked against, in `session`, which goes on.

    :raises PasswordChangedMeanwhile: by staff, say, whose change stands.
    """
    checked = user.password
    user.set_password(new)  # takes a tenth of a second: not while a row is locked
    with transaction.atomic():
        if not user.locked(password=checked):
            raise PasswordChangedMeanwhile()
        user.spares = session.id
        user.save(update_fields=["password"])


def short_enough(password: str) -> str:
    """For forms.

    :raises ValidationError: before anything is computed of it.
    """
    if len(password) > LONGEST:
        raise ValidationError(f"A password has at most {LONGEST} characters.", code="password_too_long")
    return password


def _check(new: str, user: User) -> None:
    try:
        validate_password(new, user)
    except ValidationError as refusal:
        found = [(fault.code or PasswordRefused.code, text) for fault in refusal.error_list for text in fault.messages]
        errors = [{"pointer": "/new", "code": code, "detail": text} for code, text in found]
        raise PasswordRefused(" ".join(text for _, text in found), errors) from refusal
