"""Shapes of the sign-in and workspace endpoints."""

from typing import Any, ClassVar

from rest_framework import serializers

from security.models import Membership, Role, Session, User, Workspace
from security.passwords import LONGEST


class Password(serializers.CharField):
    """Taken to the letter, and refused by its length before anything is computed of it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST, trim_whitespace=False, **kwargs)


class SignIn(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150, trim_whitespace=False)
    password = Password()
    device = serializers.CharField(max_length=200, required=False, default="")


class NewPassword(serializers.Serializer[Any]):
    current = Password()
    new = Password()


class GivenPassword(serializers.Serializer[Any]):
    password = Password()


class Freshness(serializers.Serializer[Any]):
    fresh_until = serializers.DateTimeField(help_text="Until then this session may do what takes a fresh password.")


class Refresh(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=4000, required=False, help_text="Left out where a cookie holds it.")


class Tokens(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField(allow_null=True, help_text="Null where a cookie holds it.")
    session = serializers.UUIDField()
    expires_in = serializers.IntegerField(help_text="Seconds that `access` is good for.")


class TicketRequest(serializers.Serializer[Any]):
    target = serializers.RegexField(r"^/[\x21-\x7e]*$", max_length=200, help_text="The path to connect to, no query.")


class IssuedTicket(serializers.Serializer[Any]):
    ticket = serializers.CharField()
    expires_in = serializers.IntegerField()


class UserShape(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["id", "username", "first_name", "last_name", "is_staff"]


class SessionShape(serializers.ModelSerializer[Session]):
    class Meta:
        model = Session
        fields: ClassVar[list[str]] = ["id", "device", "created_at", "last_used_at", "idle_until", "expires_at"]


class WorkspaceShape(serializers.ModelSerializer[Workspace]):
    role = serializers.SerializerMethodField(help_text="Your role in it.")

    class Meta:
        model = Workspace
        fields: ClassVar[list[str]] = ["id", "name", "role", "created_at"]
        read_only_fields: ClassVar[list[str]] = ["id", "created_at"]

    def get_role(self, workspace: Workspace) -> str:
        own: str = getattr(workspace, "own_role", Role.OWNER)
        return own


class Me(serializers.Serializer[Any]):
    user = UserShape()
    session = SessionShape()
    workspaces = WorkspaceShape(many=True)
    preferences = serializers.DictField(source="user.preferences", help_text="Such as locale, time_zone and name.")
    session_preferences = serializers.DictField(source="session.preferences", help_text="They win over the user's.")
    active_workspace = serializers.UUIDField(source="session.active_workspace_id", allow_null=True)


class MyPreferences(serializers.Serializer[Any]):
    preferences = serializers.DictField(required=False, help_text="Of the user, for handlers in every workspace.")
    session_preferences = serializers.DictField(required=False, help_text="Of this session alone.")
    active_workspace = serializers.UUIDField(required=False, allow_null=True, help_text="One of yours.")


class NewMember(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(choices=Role.choices)


class MemberRole(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices)


class MemberShape(serializers.ModelSerializer[Membership]):
    user = UserShape(read_only=True)

    class Meta:
        model = Membership
        fields: ClassVar[list[str]] = ["id", "user", "role", "created_at"]
