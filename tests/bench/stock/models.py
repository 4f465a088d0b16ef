"""A chat as it is usually stored: messages are the history, and there is no log beside them."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models


class Conversation(models.Model):
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="conversations")

    objects: ClassVar[Any] = models.Manager()

    def __str__(self) -> str:
        return f"conversation {self.pk}"

    @property
    def group(self) -> str:
        return f"conversation-{self.pk}"


class Message(models.Model):
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True)
    reply_to = models.ForeignKey("self", on_delete=models.CASCADE, null=True)
    role = models.CharField(max_length=10)
    kind = models.CharField(max_length=40)
    text = models.TextField()
    metadata = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = models.Manager()

    def __str__(self) -> str:
        return f"{self.role} {self.pk}"
