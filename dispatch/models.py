"""Runs: one processing of a message each, with the lease of whoever processes it now."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from contexts.models import Conversation, Message
from project.ids import new_id


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
    position = models.BigIntegerField(help_text="Order within the conversation.")
    priority = models.SmallIntegerField(default=0)
    rank = models.DateTimeField(default=timezone.now, help_text="Order among conversations: the lowest is due first.")
    due_at = models.DateTimeField(default=timezone.now)
    holder = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    partial = models.TextField(blank=True, help_text="The answer so far, saved at least once a second.")
    partial_attempt = models.PositiveIntegerField(default=0)
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
            models.Index(fields=["lease_until"], condition=models.Q(state="running"), name="run_lease"),
            # Not of open runs alone: SQLite does not see that one of two states is meant when one of them is asked for.
            models.Index(fields=["conversation", "state", "position"], name="run_in_conversation"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"
