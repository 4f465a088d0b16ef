"""Users, their sessions and what they may reach."""

from datetime import UTC, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from axes.models import AccessAttempt
from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.utils import timezone

from project.ids import new_id
from project.readers import Reader
from security.hashes import RenewsHash
from security.scopes import Grant

NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)  # when a key ends that does not expire


class User(RenewsHash):
    """`spares`: the session that goes on when the password, set on this object, is saved (`security/passwords.py`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    preferences = models.JSONField(default=dict, blank=True, help_text="Such as locale and time_zone; for handlers.")
    grant: Grant | None = None  # no field: set on who comes by an API key (`security/keys.py`)
    spares: UUID | None = None

    class Meta(AbstractUser.Meta):
        permissions = [("deactivate_user", "Can deactivate user")]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-id"], condition=models.Q(is_staff=True), name="user_staff"),
            models.Index(fields=["-id"], condition=models.Q(is_superuser=True), name="user_superuser"),
            models.Index(fields=["-id"], condition=models.Q(is_active=False), name="user_inactive"),
        ]

    def __str__(self) -> str:
        return self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Overridden, because Django tells that a password was changed after it has saved it: both, or neither."""
        with transaction.atomic():
            super().save(*args, **kwargs)

    def set_unusable_password(self) -> None:
        """To Django this is no change of the password; here it ends what was begun with it."""
        super().set_unusable_password()
        self._password = ""

    def locked(self, **has: str) -> bool:
        """Lock the row until commit. Whether it is active and still `has` this, such as the hash of a password."""
        rows = User.objects.select_for_update(no_key=True).filter(id=self.id, is_active=True, **has)
        return rows.values_list("id", flat=True).first() is not None

    @property
    def reader(self) -> Reader:
        return Reader(str(self.id), self.is_staff)

    def within(self, workspace: str) -> models.Q:
        """The condition that keeps an API key to its workspace, on rows whose workspace is at `workspace`."""
        return models.Q(**{workspace: self.grant.workspace}) if self.grant else models.Q()


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    def of(self, user: User) -> "WorkspaceQuerySet":
        """Those the user belongs to, each with `own_role`."""
        return self.filter(user.within("id"), memberships__user=user).annotate(own_role=models.F("memberships__role"))


class Workspace(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    concurrency = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Runs at a time, in all processes together; 0: no limit; empty: as WORKSPACE_CONCURRENCY says.",
    )
    renames = models.PositiveIntegerField(default=0, help_text="Rises when somebody's name changes, anywhere.")
    created_at = models.DateTimeField(auto_now_add=True)
    members = models.ManyToManyField(User, through="Membership", related_name="workspaces")

    objects: ClassVar[Any] = WorkspaceQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["concurrency"], condition=models.Q(concurrency__isnull=False), name="workspace_limited"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    VIEWER = "viewer"


class Membership(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace", "user"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.role} in {self.workspace}"


class SessionQuerySet(models.QuerySet["Session"]):
    def live(self, now: datetime | None = None) -> "SessionQuerySet":
        return self.open(now or timezone.now()).filter(user__is_active=True)

    def open(self, now: datetime) -> "SessionQuerySet":
        """Without a join: PostgreSQL checks an UPDATE's row again after waiting for it, but no subquery's."""
        return self.filter(ended_at=None, expires_at__gt=now, idle_until__gt=now)


class Session(models.Model):
    """One sign-in on one device, or one API key. `generation` counts refreshes: only the token that carries it is
    exchanged.
    """

    shown: UUID | None = None  # no field: the `jti` of the access token by which a request came
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    kind = models.CharField(
        max_length=10, choices=[(kind, kind) for kind in ("token", "admin", "key")], default="token"
    )
    device = models.CharField(max_length=200, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    address = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(default=timezone.now)
    idle_until = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=40, blank=True)
    active_workspace = models.ForeignKey(Workspace, on_delete=models.SET_NULL, null=True, blank=True)
    risk = models.PositiveSmallIntegerField(default=0)
    preferences = models.JSONField(default=dict, blank=True, help_text="Of this device; they win over the user's.")
    generation = models.PositiveIntegerField(default=0)
    rotated_at = models.DateTimeField(default=timezone.now)
    authenticated_at = models.DateTimeField(default=timezone.now, help_text="When the password was last given in it.")

    objects: ClassVar[Any] = SessionQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user", "-created_at"], name="session_user_newest"),
            models.Index(fields=["expires_at"], condition=models.Q(ended_at=None), name="session_open_expiry"),
            models.Index(fields=["-idle_until", "-id"], condition=models.Q(ended_at=None), name="session_open_idle"),
            models.Index(fields=["user", "-idle_until"], condition=models.Q(ended_at=None), name="session_user_open"),
            models.Index(
                fields=["-ended_at", "-id"], condition=models.Q(ended_at__isnull=False), name="session_ended_newest"
            ),
            models.Index(fields=["kind", "-id"], name="session_kind_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.id} of {self.user_id}"


class ApiKey(models.Model):
    """A secret for programs, of which only a digest is stored. Its session says whether it is live and last used, so
    that whatever ends a session, or a stream of one, ends a key's too.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="key")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="keys")
    name = models.CharField(max_length=200)
    prefix = models.CharField(
        max_length=24, db_index=True, help_text="How the key begins: enough to tell it from others."
    )
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def expires_at(self) -> datetime | None:
        """None: not by itself."""
        return self.session.expires_at if self.session.expires_at < NEVER else None

    @property
    def last_used_at(self) -> datetime | None:
        """None: not yet. A session's first use is its sign-in; a key's session begins unused."""
        return self.session.last_used_at if self.session.last_used_at > self.created_at else None


class RevokedToken(models.Model):
    """A `jti` refused before its natural end. The token itself is never stored."""

    jti = models.UUIDField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="revoked_tokens")
    reason = models.CharField(max_length=200, blank=True)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="revocations")
    revoked_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(help_text="When the token would have ended by itself.")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-revoked_at", "-jti"], name="revokedtoken_newest"),
            models.Index(fields=["expires_at"], name="revokedtoken_end"),
        ]

    def __str__(self) -> str:
        return str(self.jti)


class Ticket(models.Model):
    """One use, seconds long: what a browser puts in a URL where it cannot send a header. Only a digest is stored."""

    digest = models.CharField(max_length=64, primary_key=True)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="tickets")
    target = models.CharField(max_length=200)
    token = models.UUIDField(null=True, help_text="The `jti` by which it was asked for; none behind an API key.")
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"for {self.target} until {self.expires_at}"


class IdempotencyRecord(models.Model):
    """The first answer to a creating POST, replayed to its retries for 24 hours."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    path = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "path", "key"], name="idempotency_once"),
        ]

    def __str__(self) -> str:
        return f"{self.path} {self.key}"


class Limit(models.Model):
    """How often something was done in the present window. `security/limits.py` counts by one conditional UPDATE."""

    key = models.CharField(max_length=160, primary_key=True, help_text="What is limited, and of whom.")
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class FailedSignIn(AccessAttempt):
    """The rows of django-axes, under a name that says what they are."""

    class Meta:
        proxy = True
        verbose_name = "failed sign-in"


class Flag(models.Model):
    """An anomaly seen on a session, user or message. `subject_id` is no foreign key: what it names may go first."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    detector = models.CharField(max_length=40)
    subject = models.CharField(max_length=10, choices=[(kind, kind) for kind in ("session", "user", "message")])
    subject_id = models.UUIDField(db_index=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="flags")
    score = models.FloatField(help_text="0 to 1.")
    evidence = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="resolved_flags"
    )

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-created_at"], condition=models.Q(resolved_at=None), name="flag_open_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.detector} on {self.subject} {self.subject_id}"
