"""Runs: one processing of a message each, with the lease of whoever processes it now; and the routes they take."""

from collections.abc import Sequence
from typing import ClassVar

from django.db import models
from django.utils import timezone

from contexts.models import Conversation, Message
from project.ids import new_id
from security.models import User, Workspace
from security.screening_models import KeptFinding


class RunState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    INPUT_REQUIRED = "input_required"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    DEAD = "dead"
    CANCELED = "canceled"
    SUPERSEDED = "superseded"


class Run(models.Model):
    """`attempt` fences: a result is taken only from the attempt that holds the run. `reply` is the answer's id."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="runs", db_index=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="runs")
    reply = models.UUIDField(default=new_id)
    state = models.CharField(max_length=16, choices=RunState.choices, default=RunState.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(default=0, help_text="Attempts whose process died or froze.")
    failures = models.PositiveSmallIntegerField(default=0, help_text="Attempts that ended in an error worth a retry.")
    late = models.PositiveSmallIntegerField(default=0, help_text="Results of lost attempts, refused.")
    workspace = models.UUIDField(null=True, help_text="Whose room it takes; empty: it ended before this was kept.")
    position = models.BigIntegerField(help_text="Order within the conversation.")
    parallel = models.BooleanField(default=False, help_text="Waits for no other run of its conversation.")
    lanes = models.TextField(blank=True, help_text="Handlers that it may ask: |one|another|.")
    priority = models.SmallIntegerField(default=0)
    rank = models.DateTimeField(default=timezone.now, help_text="Order among conversations: the lowest is due first.")
    due_at = models.DateTimeField(default=timezone.now)
    holder = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    partial = models.TextField(blank=True, help_text="The answer so far, saved at least once a second.")
    partial_attempt = models.PositiveIntegerField(default=0)
    visible_to = models.CharField(
        max_length=36, blank=True, help_text="Who sees its reply: empty for all, a user's id, or staff. Set by a claim."
    )
    stop = models.CharField(
        max_length=16,
        blank=True,
        choices=[(state, state.label) for state in (RunState.CANCELED, RunState.SUPERSEDED)],
        help_text="The final state that was asked for while it was running.",
    )
    stop_at = models.DateTimeField(null=True, blank=True, help_text="When its stop was asked for.")
    stop_actor = models.JSONField(default=dict, blank=True, help_text="Who asked for its stop.")
    ran = models.FloatField(default=0.0, help_text="Seconds of running time before it waited for experts.")
    replay_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replays")
    only_handler = models.CharField(max_length=100, blank=True, help_text="A replay with this handler, by no route.")
    decision = models.JSONField(default=dict, blank=True)
    handlers = models.JSONField(default=list, blank=True)
    findings = models.JSONField(default=list, blank=True)
    error = models.JSONField(null=True, blank=True)
    session = models.UUIDField(null=True, blank=True, help_text="The session that submitted the message.")
    request_id = models.CharField(max_length=200, blank=True)
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(state__in=RunState.values), name="run_state_known"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["rank"], condition=models.Q(state="queued"), name="run_rank"),
            models.Index(fields=["rank"], condition=models.Q(state="queued", crashes__gte=2), name="run_suspect"),
            models.Index(fields=["lease_until"], condition=models.Q(state="running"), name="run_lease"),
            models.Index(
                fields=["due_at"], condition=models.Q(state__in=["input_required", "waiting"]), name="run_parked"
            ),
            models.Index(fields=["workspace"], condition=models.Q(state="running"), name="run_in_workspace"),
            models.Index(fields=["workspace"], condition=models.Q(state="queued"), name="run_for_workspace"),
            # Not of open runs alone: SQLite does not see that one of two states is meant when one of them is asked for.
            models.Index(fields=["conversation", "state", "position"], name="run_in_conversation"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"

    @property
    def audience(self) -> str:
        """Who sees its reply, as decided last."""
        return str(self.decision.get("audience", Audience.CONVERSATION))

    @property
    def stopping(self) -> bool:
        """Its stop was asked for, and it has not come to its end yet."""
        return self.state == RunState.RUNNING and bool(self.stop)


class RoutePolicy(models.TextChoices):
    """`first`: in order until one replies. `all`: at once, apart. `chain`: each gets the reply of the one before."""

    FIRST = "first"
    ALL = "all"
    CHAIN = "chain"


class Audience(models.TextChoices):
    """Who gets the reply. `sender`: the author and staff. `workspace`: as conversation, and the workspace is told."""

    WORKSPACE = "workspace"
    CONVERSATION = "conversation"
    SENDER = "sender"
    NONE = "none", "nobody but staff"


class Priority(models.TextChoices):
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Route(models.Model):
    """A rule: which messages go to which handlers, and how. Of one workspace, or of the installation (None).

    `conditions` (`dispatch/conditions.py`) must all be met; without any, every message matches. The routes of a
    workspace come before those of the installation, each in the order of `position`; the first that matches is taken.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, null=True, blank=True, related_name="routes")
    name = models.CharField(max_length=100)
    position = models.PositiveIntegerField(default=100)
    enabled = models.BooleanField(default=True)
    conditions = models.JSONField(default=dict, blank=True)
    handlers = models.JSONField(default=list, blank=True)
    expert = models.SlugField(max_length=60, blank=True, db_index=False, help_text="Instead of handlers: who is asked.")
    policy = models.CharField(max_length=10, choices=RoutePolicy.choices, default=RoutePolicy.FIRST)
    audience = models.CharField(max_length=12, choices=Audience.choices, default=Audience.CONVERSATION)
    deadline = models.PositiveIntegerField(null=True, blank=True, help_text="Seconds; empty: each handler's own.")
    retries = models.PositiveSmallIntegerField(default=2, help_text="After the first attempt.")
    priority = models.CharField(max_length=6, choices=Priority.choices, blank=True, help_text="Empty: the message's.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace", "name"], name="route_name_once"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(workspace=None), name="route_name_once_in_installation"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "position"], name="route_order"),
        ]

    def __str__(self) -> str:
        return self.name


class HandlerSwitch(models.Model):
    """What staff set for a handler that code registered. No row: enabled, with the concurrency that code gave it."""

    name = models.CharField(max_length=100, primary_key=True)
    enabled = models.BooleanField(default=True)
    concurrency = models.PositiveIntegerField(
        null=True, blank=True, help_text="Runs at a time that may ask it, in all processes together; empty: its own."
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "handler"

    def __str__(self) -> str:
        return self.name


class Call(models.Model):
    """One handler asked in one attempt of a run: what `handlers/` counts. `result`: replied, passed or a reason.

    `workspace`: whose run it is, so that its members count what is theirs.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="calls")
    workspace = models.UUIDField()
    attempt = models.PositiveIntegerField()
    handler = models.CharField(max_length=100)
    result = models.CharField(max_length=20)
    milliseconds = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["handler", "at"], name="call_of_handler")]

    def __str__(self) -> str:
        return f"{self.handler} {self.result}"


class ReviewState(models.TextChoices):
    HELD = "held"
    RELEASED = "released"
    REJECTED = "rejected"
    EXPIRED = "expired"


class Review(models.Model):
    """A quarantined message, and what staff decide about it. Nobody deciding by `expires_at` is a no."""

    evidence: Sequence[KeptFinding] = ()  # no field: what reviewers are shown (`dispatch/review.py`)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="review")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    workspace = models.UUIDField()
    session = models.UUIDField(null=True)
    state = models.CharField(max_length=10, choices=ReviewState.choices, default=ReviewState.HELD)
    findings = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "expires_at"], name="review_due"),
            models.Index(fields=["state", "-id"], name="review_by_state"),
            models.Index(fields=["workspace", "-id"], name="review_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.message_id}"
