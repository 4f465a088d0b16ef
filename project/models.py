"""The event log's rows: a Stream is the counter of one log, an Event an immutable fact, numbered. And two more."""

import secrets
from typing import Any, ClassVar

from django.db import models

from project.ids import new_id


def draw_epoch() -> int:
    return secrets.randbelow(2**31 - 1) + 1


class Stream(models.Model):
    key = models.CharField(max_length=80, primary_key=True)
    epoch = models.BigIntegerField(default=draw_epoch)
    head = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.key} at {self.epoch}-{self.head}"


class CacheGeneration(models.Model):
    """One row. `number` is part of every key of the cache; `server` is the Redis it was drawn for."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)
    server = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return f"generation {self.number}"


class JobResult(models.TextChoices):
    OK = "ok"
    FAILED = "failed"


class PeriodicJob(models.Model):
    """One periodic job: when it is due, and how its last turn went. Outlives the code that registered it."""

    TEXT_LENGTH = 200

    name = models.CharField(max_length=100, primary_key=True)
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=10, choices=JobResult.choices, blank=True)
    text = models.CharField(max_length=TEXT_LENGTH, blank=True)
    milliseconds = models.PositiveBigIntegerField(null=True)
    runs = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class EventQuerySet(models.QuerySet["Event"]):
    def after(self, stream: str, seq: int) -> "EventQuerySet":
        return self.filter(stream_id=stream, seq__gt=seq).order_by("seq")


class Event(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="events", db_index=False)
    seq = models.BigIntegerField()
    type = models.CharField(max_length=60)
    time = models.DateTimeField()
    workspace = models.UUIDField(null=True)
    run = models.UUIDField(null=True)
    message = models.UUIDField(null=True)
    actor = models.JSONField(default=dict)
    request_id = models.CharField(max_length=200, blank=True)
    visible_to = models.CharField(
        max_length=36, blank=True, help_text="Empty: all who may read the stream; a user's id, or staff."
    )
    data = models.JSONField(default=dict)

    objects: ClassVar[Any] = EventQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["stream", "seq"], name="event_stream_seq"),
        ]
        # Of a message's later events that hold its text; the first one is found by the message's own number.
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["message"], condition=models.Q(type="message.edited"), name="event_edited"),
            models.Index(fields=["message"], condition=models.Q(type="message.released"), name="event_released"),
        ]

    def __str__(self) -> str:
        return f"{self.stream_id} {self.seq} {self.type}"
