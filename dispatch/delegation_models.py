"""Delegations: one task handed to an expert each, with the lease of whoever works on it now."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from contexts.models import Conversation, Message
from dispatch.models import Run
from integrations.models import Expert
from project.ids import new_id
from security.models import User


class DelegationState(models.TextChoices):
    """The names are A2A's."""

    SUBMITTED = "submitted"
    WORKING = "working"
    INPUT_REQUIRED = "input_required"
    AUTH_REQUIRED = "auth_required"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"
    REJECTED = "rejected"


class Step(models.TextChoices):
    """What is due with it. Nothing, where it waits for somebody."""

    START = "start"
    RESUME = "resume"
    POLL = "poll"
    CANCEL = "cancel"


class Delegation(models.Model):
    """`attempt` fences, as that of a run. `reply` is the id of the message that its result becomes.

    Of a handler's call `run`, `handler` and `ordinal` say which, and `awaited` whether the run waits for it; an expert
    that waits for it is its `parent`, and `root` and `depth` are those of the whole chain.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="delegations", db_index=False)
    workspace = models.UUIDField()
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="delegations")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, related_name="delegations", db_index=False)
    handler = models.CharField(max_length=100, blank=True)
    ordinal = models.PositiveIntegerField(null=True)
    call = models.CharField(
        max_length=64, blank=True, help_text="Digest of the call: a handler that calls again makes the same."
    )
    awaited = models.BooleanField(default=False)
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="children")
    root = models.UUIDField()
    depth = models.PositiveSmallIntegerField(default=0)
    expert = models.ForeignKey(Expert, on_delete=models.SET_NULL, null=True, related_name="delegations")
    slug = models.CharField(max_length=60, help_text="The expert's, as it was.")
    name = models.CharField(max_length=100, help_text="The expert's, as it was.")
    skill = models.CharField(max_length=100, blank=True)
    input = models.JSONField(null=True)
    digest = models.CharField(
        max_length=64, help_text="Of expert, skill and input: the same is not asked twice in a chain."
    )
    artifacts = models.JSONField(default=list)
    constraints = models.JSONField(default=dict)
    metadata = models.JSONField(default=dict, help_text="Of who asked; nobody else's business.")
    choice = models.JSONField(default=dict, help_text="Why this expert.")
    owner = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    visible_to = models.CharField(max_length=36, blank=True, help_text="As that of a run.")
    state = models.CharField(max_length=16, choices=DelegationState.choices, default=DelegationState.SUBMITTED)
    reason = models.CharField(max_length=40, blank=True)
    detail = models.TextField(blank=True)
    progress = models.FloatField(null=True)
    said = models.TextField(blank=True, help_text="What its expert last said of its progress.")
    told = models.PositiveIntegerField(default=0, help_text="How often it has said so.")
    question = models.JSONField(null=True, help_text="prompt, schema: what its expert asks.")
    answer = models.JSONField(null=True, help_text="value, by: what the expert is resumed with.")
    turn = models.PositiveIntegerField(default=0, help_text="How often it has asked or handed over.")
    heard = models.JSONField(default=list, help_text="Which callbacks were taken last, by their ids.")
    output = models.JSONField(null=True)
    text = models.TextField(blank=True)
    reply = models.UUIDField(default=new_id)
    priority = models.SmallIntegerField(default=0)
    step = models.CharField(max_length=6, choices=Step.choices, blank=True, default=Step.START)
    due_at = models.DateTimeField(null=True, default=timezone.now, help_text="Of its step; empty: nothing is due.")
    attempt = models.PositiveIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    holder = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    remote = models.CharField(max_length=200, blank=True, help_text="What the far side calls it.")
    deadline = models.DateTimeField()
    session = models.UUIDField(null=True)
    request_id = models.CharField(max_length=200, blank=True)
    taken_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        help_text="Who answers, of an expert that is people.",
    )
    taken_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    speaker: dict[str, str] | None = None  # no column: the person who speaks for its expert just now
    callback: str = ""  # no column: the id of the callback that speaks just now

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(state__in=DelegationState.values), name="delegation_state_known"),
            models.UniqueConstraint(fields=["run", "handler", "ordinal"], name="delegation_call_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="delegation_due"),
            models.Index(
                fields=["lease_until"], condition=models.Q(lease_until__isnull=False), name="delegation_lease"
            ),
            models.Index(fields=["conversation", "state"], name="delegation_here"),
            models.Index(fields=["expert", "state"], name="delegation_of_expert"),
            models.Index(fields=["root"], name="delegation_chain"),
            # Nobody has taken nearly all of them: an index on that would be read from end to end.
            models.Index(fields=["taken_by"], condition=models.Q(taken_by__isnull=False), name="delegation_taken"),
            models.Index(
                fields=["deadline"],
                condition=models.Q(state__in=["submitted", "working", "input_required", "auth_required"]),
                name="delegation_deadline",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slug} {self.state}"


class HumanDelegation(Delegation):
    """A delegation, as it lies at the desk of those who answer it. Who may change one may answer."""

    class Meta:
        proxy = True
        verbose_name = "task for people"
        verbose_name_plural = "desk"
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return f"{self.name}, {self.state}"
