"""Conversations and their messages: the truth from which every context is made."""

from typing import Any, ClassVar

from django.db import models

from project.ids import new_id
from security.models import User, Workspace


class Policy(models.TextChoices):
    """What happens to a message that arrives while another one of the conversation is processed."""

    ENQUEUE = "enqueue"
    REJECT = "reject"
    INTERRUPT = "interrupt"
    PARALLEL = "parallel"


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, user: User) -> "ConversationQuerySet":
        return self.filter(user.within("workspace"), deleted_at=None, workspace__memberships__user=user)


class Conversation(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=200, blank=True)
    policy = models.CharField(max_length=10, choices=Policy.choices, default=Policy.ENQUEUE)
    metadata = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="conversations")
    context_version = models.BigIntegerField(default=0)
    pruned_until = models.BigIntegerField(default=0, help_text="Messages up to here are out of the context's window.")
    folded_until = models.BigIntegerField(default=0, help_text="Messages up to here are in parts of the summary.")
    message_count = models.PositiveIntegerField(default=0)
    private_count = models.PositiveIntegerField(default=0, help_text="Messages that not everybody may read.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = ConversationQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "-id"], name="conversation_newest"),
        ]

    def __str__(self) -> str:
        return self.title or str(self.id)

    @property
    def stream(self) -> str:
        """The key of its event log."""
        return f"conversation:{self.id}"

    @property
    def public_count(self) -> int:
        """Messages that everybody may read who may read the conversation."""
        return self.message_count - self.private_count


class MessageRole(models.TextChoices):
    USER = "user"
    ASSISTANT = "assistant"
    EXPERT = "expert"
    SYSTEM = "system"


class MessageStatus(models.TextChoices):
    RECEIVED = "received"
    COMPLETED = "completed"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"
    DELETED = "deleted"


class Message(models.Model):
    """One stored turn. `seq` is that of the event which made it known; `run` is the run that answers or made it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False)
    seq = models.BigIntegerField()
    role = models.CharField(max_length=10, choices=MessageRole.choices)
    kind = models.CharField(max_length=40)
    text = models.TextField(blank=True)
    parts = models.JSONField(default=list)
    metadata = models.JSONField(default=dict)
    status = models.CharField(max_length=12, choices=MessageStatus.choices)
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="messages")
    reply_to = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="replies")
    run = models.UUIDField(null=True)
    visible_to = models.CharField(
        max_length=36, blank=True, help_text="Empty: all who may read the conversation; a user's id, or staff."
    )
    key = models.CharField(max_length=255, null=True)  # noqa: DJ001 - NULL keeps keyless messages out of the constraint
    digest = models.CharField(max_length=64, blank=True)
    original = models.JSONField(
        null=True, help_text="Text, parts and metadata as they were sent, where users are shown something else."
    )
    released_at = models.DateTimeField(null=True, help_text="When staff let it out of quarantine.")
    edited_at = models.DateTimeField(null=True)
    pruned = models.BooleanField(default=False, help_text="Users took it out of the context's window.")
    expires_at = models.DateTimeField(null=True, help_text="As its metadata says: it leaves the window then.")
    expired_at = models.DateTimeField(null=True, help_text="When it left the window for that: no user took it out.")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="message_seq"),
            models.UniqueConstraint(fields=["conversation", "author", "key"], name="message_key_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["conversation", "visible_to"], condition=models.Q(visible_to__gt=""), name="message_private"
            ),
            models.Index(fields=["conversation", "seq"], condition=models.Q(role="system"), name="message_system"),
            models.Index(fields=["conversation", "seq"], condition=models.Q(pruned=True), name="message_pruned"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(pruned=False, expires_at__isnull=False),
                name="message_expiring",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.kind} {self.id}"
