"""Folding: what leaves the window becomes parts of the summary."""

from collections.abc import Collection

from contexts.models import Conversation


def spoil(conversation: Conversation, seqs: Collection[int]) -> None:
    """Parts that cover messages of these numbers say nothing until they are renewed."""
