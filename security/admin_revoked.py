"""Revoked tokens: looked for and added; a revocation stands until nobody would take the token any more."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from project import bus
from project.admin_cells import moment
from project.admin_pages import ConsoleAdmin, as_id
from security import purging, tokens
from security.models import RevokedToken, User
from security.tokens import TokenExpired, TokenInvalid

SHOWN: Final = ("jti", "user", "reason", "actor", moment("revoked_at"), moment("expires_at"))


@dataclass(frozen=True)
class Named:
    """What a revocation keeps of a token. `user`: None where an id alone was given."""

    jti: UUID
    user: UUID | None
    ends: datetime


def named(text: str) -> Named:
    """The token that `text` is, or whose id it is. When an id's token ends nobody knows: as late as one of ours can.

    :raises ValidationError: for what is neither, and for a token that has ended.
    """
    id = as_id(text)
    if id is not None:
        return Named(id, None, timezone.now() + settings.SESSION_LIFETIME)
    for kind in (tokens.AccessToken, tokens.RefreshToken):
        try:
            claims = tokens.read(text, kind)
        except TokenExpired as error:
            raise forms.ValidationError("This token has ended by itself: nobody takes it any more.") from error
        except TokenInvalid:
            continue
        ends = datetime.fromtimestamp(kind(text)["exp"], UTC)  # type: ignore[arg-type]  # as in `tokens.read`
        return Named(claims.jti, claims.user, ends)
    raise forms.ValidationError("This is neither a token of this server nor the id (jti) of one.")


class Unechoed(UnfoldAdminTextInputWidget):
    """What was typed is not written back into a page: it may be a token."""

    def format_value(self, value: Any) -> None:
        return None


class Revocation(forms.ModelForm):  # type: ignore[type-arg]  # Django has no such subscript at run time
    token = forms.CharField(
        max_length=4000,
        widget=Unechoed(attrs={"autocomplete": "off"}),
        label="Token, or its id",
        help_text="Of a token only its id (jti), user and end are kept.",
    )

    class Meta:
        model = RevokedToken
        fields = ("user", "reason")

    def clean_token(self) -> Named:
        found = named(self.cleaned_data["token"].strip())
        earlier = RevokedToken.objects.filter(jti=found.jti).first()
        if earlier is not None:
            raise forms.ValidationError(f"This token has been revoked already, on {earlier.revoked_at:%Y-%m-%d %H:%M}.")
        return found

    def clean(self) -> dict[str, Any]:
        """`user` is asked for beside an id alone; a token says whose it is."""
        found, given = self.cleaned_data.get("token"), self.cleaned_data.get("user")
        if found is None:
            return self.cleaned_data
        if found.user and given and found.user != given.id:
            self.add_error("user", "The token is another user's. Leave this empty: it says whose it is.")
        self.instance.jti, self.instance.expires_at = found.jti, found.ends
        self.cleaned_data["user"] = User.objects.filter(id=found.user).first() if found.user else given
        return self.cleaned_data


class RevokedTokenAdmin(ConsoleAdmin):
    """A revocation stands: it can be added, not changed or taken back."""

    list_display = SHOWN
    list_select_related = ("user", "actor")
    ordering = ("-revoked_at", "-pk")  # the key is the token's, not ours: it says nothing about time
    search_fields = ("user__username__exact",)
    search_ids = ("pk", "user")
    search_help_text = "Token id (jti), username, or id of a user"
    autocomplete_fields = ("user",)
    actions = ("purge_ended",)

    def get_fields(self, request: HttpRequest, obj: RevokedToken | None = None) -> tuple[Any, ...]:
        return SHOWN if obj else ("token", "user", "reason")

    def get_form(self, request: HttpRequest, obj: RevokedToken | None = None, **kwargs: Any) -> Any:
        return super().get_form(request, obj, **kwargs if obj else {"form": Revocation, **kwargs})

    def has_change_permission(self, request: HttpRequest, obj: RevokedToken | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RevokedToken | None = None) -> bool:
        return False

    def has_purge_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("security.delete_revokedtoken")

    def save_model(self, request: HttpRequest, obj: RevokedToken, form: Any, change: bool) -> None:
        """Who is second of two that revoke the same token changes nothing of what the first one wrote."""
        kept = {"user": obj.user, "reason": obj.reason, "actor_id": request.user.pk, "expires_at": obj.expires_at}
        RevokedToken.objects.get_or_create(jti=obj.jti, defaults=kept)
        transaction.on_commit(partial(bus.ring, "session", obj.jti))  # who holds something open looks now

    @admin.action(description="Remove all whose token has ended by itself", permissions=["purge"])
    def purge_ended(self, request: HttpRequest, queryset: QuerySet[RevokedToken]) -> None:
        """Whatever was chosen: nothing that is still needed goes."""
        removed = purging.purge_revoked_tokens()
        noun = "revocation was" if removed == 1 else "revocations were"
        self.message_user(request, f"{removed} {noun} removed; all others are still needed.", messages.SUCCESS)
