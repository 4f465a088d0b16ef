"""Staff's rules, and what filters found."""

from typing import ClassVar

from django.db import models

from project.ids import new_id
from security.models import User, Workspace
from security.screening import Action, Mode


class RuleForm(models.TextChoices):
    PATTERN = "pattern", "Pattern (RE2)"
    WORDS = "words", "Words or phrases, one a line"


class RuleReads(models.TextChoices):
    ALL = "all", "Messages and answers"
    MESSAGES = "messages", "Messages"
    ANSWERS = "answers", "Answers"


class Rule(models.Model):
    """What staff forbid or mark. Without a workspace it is the installation's. `version` rises with each change."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, null=True, blank=True, related_name="rules")
    name = models.CharField(max_length=80)
    form = models.CharField(max_length=10, choices=RuleForm.choices, default=RuleForm.PATTERN)
    expression = models.TextField(help_text="The pattern, or the words, one a line.")
    reads = models.CharField(max_length=10, choices=RuleReads.choices, default=RuleReads.ALL)
    kinds = models.JSONField(default=list, blank=True, help_text="Kinds of message; empty: all.")
    action = models.CharField(
        max_length=10,
        choices=[(action.value, action.value) for action in Action if action != Action.ALLOW],
        default=Action.FLAG.value,
    )
    severity = models.CharField(max_length=10, choices=[(word, word) for word in ("low", "medium", "high")])
    message = models.CharField(max_length=200, blank=True, help_text="What the sender is told of it.")
    mode = models.CharField(
        max_length=10, choices=[(mode.value, mode.value) for mode in Mode], default=Mode.SHADOW.value
    )
    sample = models.TextField(blank=True, help_text="A text that the rule must find.")
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace", "name"], name="rule_name_once"),
            models.UniqueConstraint(  # SQLite knows no constraint in which NULLs are alike
                fields=["name"], condition=models.Q(workspace=None), name="rule_name_once_in_installation"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class KeptFinding(models.Model):
    """A finding, kept. What it names may go first, so it names all by id. Without a message: what was blocked.

    `evidence`: a few words around it, with secrets and personal data masked. `verdict`: what staff say of it. `masked`:
    a staff rule found it in what users are shown masked.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.UUIDField(null=True)
    conversation = models.UUIDField(null=True)
    message = models.UUIDField(null=True)
    run = models.UUIDField(null=True)
    author = models.UUIDField(null=True)
    stage = models.CharField(max_length=10)
    filter = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    rule = models.CharField(max_length=120)
    rule_row = models.UUIDField(null=True, help_text="The staff rule that found it.")
    path = models.CharField(max_length=200)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    severity = models.CharField(max_length=10)
    score = models.FloatField()
    action = models.CharField(max_length=10)
    mode = models.CharField(max_length=10)
    masked = models.BooleanField(default=False)
    evidence = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    verdict = models.CharField(max_length=5, blank=True, choices=[("right", "right"), ("wrong", "wrong")])
    verdict_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    verdict_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "finding"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["message"], name="finding_message"),
            models.Index(fields=["workspace", "-id"], name="finding_newest"),
            models.Index(fields=["rule_row", "-id"], condition=models.Q(rule_row__isnull=False), name="finding_rule"),
            models.Index(fields=["rule_row", "verdict"], condition=models.Q(verdict__gt=""), name="finding_judged"),
        ]

    def __str__(self) -> str:
        return f"{self.filter} {self.rule} {self.id}"
