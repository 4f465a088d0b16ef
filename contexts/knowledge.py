"""What is known of a conversation beside its messages: policy, pins, entities, summary parts, what can be searched."""

from typing import Any, ClassVar

from django.db import models

from contexts.models import Conversation, Message
from project.ids import new_id
from security.models import User, Workspace

VALUE_LENGTH = 300
LABEL_LENGTH = 40


class ContextPolicy(models.Model):
    """How much handlers know in a workspace. Without a row, and where a field is empty, the defaults hold."""

    workspace = models.OneToOneField(
        Workspace, on_delete=models.CASCADE, primary_key=True, related_name="context_policy"
    )
    messages = models.PositiveSmallIntegerField(default=100, help_text="The newest, at most.")
    days = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Older messages leave the window.")
    tokens = models.PositiveIntegerField(null=True, blank=True, help_text="For all of a context.")
    recalled = models.PositiveSmallIntegerField(
        default=5, help_text="Older messages that come back because they matter, at most. 0: none."
    )
    summary = models.BooleanField(default=True, help_text="What leaves the window is summed up.")
    entities = models.BooleanField(default=True, help_text="People, dates, amounts and the like are recognised.")
    retention_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Older messages are deleted for good. Empty: kept."
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "context policies"

    def __str__(self) -> str:
        return f"context policy of {self.workspace}"


class ContextRow(Conversation):
    """A conversation, as the admin lists what is known of it."""

    class Meta:
        proxy = True
        verbose_name = "context"

    def __str__(self) -> str:
        return f"context of {super().__str__()}"


class Pin(models.Model):
    """What stays in the context: a message, or a note in words of its own."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="pins")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, blank=True, related_name="pins")
    text = models.CharField(max_length=2000, blank=True)
    about = models.ForeignKey(
        Message,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="notes",
        help_text="What a handler's note was made of: it goes with that.",
    )
    source = models.CharField(max_length=10, choices=[(word, word) for word in ("user", "handler")], default="user")
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["conversation", "message"], name="pin_message_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["expires_at"], condition=models.Q(expires_at__isnull=False), name="pin_expiring"),
        ]

    def __str__(self) -> str:
        return self.text or f"message {self.message_id}"


class EntityQuerySet(models.QuerySet["Entity"]):
    def known(self) -> "EntityQuerySet":
        return self.filter(removed_at=None, superseded_by=None)


class Entity(models.Model):
    """A typed thing that messages name. One that users removed stays as a row, so that it is not recognised again.

    `owner`: whose it is said to be ("my address"): a user's id, or empty. `normal`: the same however it is written.
    `label`: what it is said to be ("my address"), or empty; of one label and owner one holds. One that is removed and
    superseded is what users corrected: what is recognised as it is the other one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="entities", db_index=False)
    type = models.CharField(max_length=24)
    value = models.CharField(max_length=VALUE_LENGTH)
    normal = models.CharField(max_length=VALUE_LENGTH)
    confidence = models.FloatField(default=1.0)
    owner = models.CharField(max_length=36, blank=True)
    label = models.CharField(max_length=LABEL_LENGTH, blank=True)
    source = models.CharField(
        max_length=12, choices=[(word, word) for word in ("recognised", "handler", "user")], default="recognised"
    )
    first_seq = models.BigIntegerField(default=0)
    last_seq = models.BigIntegerField(default=0)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)
    pinned = models.BooleanField(default=False)
    corrected_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    superseded_by = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="former", db_index=False
    )

    objects: ClassVar[Any] = EntityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entities"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["conversation", "type", "normal"], name="entity_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["conversation", "-pinned", "-last_seq", "-id"],
                condition=models.Q(removed_at=None, superseded_by=None),
                name="entity_known",
            ),
            models.Index(fields=["conversation", "-id"], name="entity_newest"),
            models.Index(
                fields=["superseded_by"], condition=models.Q(superseded_by__isnull=False), name="entity_superseded"
            ),
            models.Index(
                fields=["conversation", "type", "label"], condition=models.Q(label__gt=""), name="entity_labelled"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.value}"


class Mention(models.Model):
    """Where a message names an entity: code points of its text. From 0 to 0: nowhere in words, as a handler says.

    `label`: what the message says that it is.
    """

    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="mentions", db_index=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="mentions")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    label = models.CharField(max_length=LABEL_LENGTH, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["entity", "message", "start"], name="mention_once"),
        ]

    def __str__(self) -> str:
        return f"{self.entity_id} in {self.message_id}"


class SummaryPart(models.Model):
    """What a stretch of a conversation comes to. Level 0 sums up messages, each further one eight parts of the last.

    A part covers the numbers `number * span` to `(number + 1) * span` of the conversation's log, whoever made it: what
    it says depends on the messages in there and on nothing else. `lines`: `{seq, author, text, weight}` each.
    """

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="summary_parts", db_index=False
    )
    level = models.PositiveSmallIntegerField()
    number = models.BigIntegerField()
    count = models.PositiveIntegerField(default=0, help_text="Messages that it sums up.")
    lines = models.JSONField(default=list)
    text = models.TextField(blank=True, help_text="In the words of an AI provider, where one made it.")
    made_by = models.CharField(max_length=60, default="extractive")
    made_at = models.DateTimeField(auto_now=True)
    stale = models.BooleanField(default=False, help_text="What it covered was changed; it says nothing until renewed.")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["conversation", "level", "number"], name="summary_part_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], condition=models.Q(stale=True), name="summary_part_stale"),
        ]

    def __str__(self) -> str:
        return f"part {self.level}.{self.number} of {self.conversation_id}"


class SearchDocument(models.Model):
    """The stems of a message, for full-text search: `contexts/relevance.py`. The key is a number, as FTS5 wants it."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="document")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+", db_index=False)
    seq = models.BigIntegerField()
    terms = models.TextField()

    def __str__(self) -> str:
        return f"stems of {self.message_id}"
