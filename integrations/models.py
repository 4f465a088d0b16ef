"""Experts: who they are, what they can do, how they are reached, and how they have been doing."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from integrations.contract import Definition, Skill
from project.ids import new_id
from security.models import Workspace

LONGEST_TIMEOUT = 30 * 24 * 3600


class Health(models.TextChoices):
    """`changed`: it describes itself otherwise than staff have agreed to, and is asked nothing until they do."""

    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    FAILING = "failing"
    CHANGED = "changed"


class Expert(models.Model):
    """Of one workspace, or of the installation (None). A workspace's own hides the installation's of the same slug."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, null=True, blank=True, related_name="experts")
    slug = models.SlugField(max_length=60, db_index=False)
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    skills = models.JSONField(
        default=list, blank=True, help_text="Each: name, description, input, output (JSON Schema)."
    )
    adapter = models.CharField(max_length=40, default="planned")
    settings = models.JSONField(default=dict, blank=True)
    secret = models.TextField(blank=True, editable=False, help_text="Sealed.")
    secret_before = models.TextField(blank=True, editable=False, help_text="Sealed; taken until `secret_until`.")
    secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    concurrency = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Tasks at a time, in all processes together.",
    )
    timeout = models.PositiveIntegerField(
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_TIMEOUT)],
        help_text="Seconds for a task.",
    )
    retries = models.PositiveSmallIntegerField(
        default=2, validators=[MaxValueValidator(10)], help_text="After the first attempt."
    )
    fallback = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Asked where this one cannot.",
    )
    enabled = models.BooleanField(default=True)
    pinned = models.CharField(
        max_length=64, blank=True, editable=False, help_text="Digest of the definition agreed to."
    )
    described = models.JSONField(
        null=True, blank=True, editable=False, help_text="What it says of itself that nobody has agreed to yet."
    )
    health = models.CharField(max_length=10, choices=Health.choices, default=Health.UNKNOWN, editable=False)
    health_detail = models.CharField(max_length=300, blank=True, editable=False)
    health_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    uses = models.PositiveBigIntegerField(default=0, editable=False)
    failure_rate = models.FloatField(default=0.0, editable=False, help_text="0 to 1; the last tasks weigh most.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace", "slug"], name="expert_slug_once"),
            models.UniqueConstraint(
                fields=["slug"], condition=models.Q(workspace=None), name="expert_slug_once_in_installation"
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def offers(self) -> tuple[Skill, ...]:
        return tuple(Skill.read(skill) for skill in self.skills)

    @property
    def definition(self) -> Definition:
        return Definition(self.name, self.description, self.offers)
