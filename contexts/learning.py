"""What a message teaches: entities that it names, and facts that a handler proposes. Written when its run ends."""

from dataclasses import dataclass

from contexts.models import Conversation, Message
from project import log


@dataclass(frozen=True)
class Learned:
    """What was recognised in a message, before it is written."""


def read(message: Message) -> Learned:
    """Recognise what `message` names. It raises nothing, and touches no row."""
    return Learned()


def keep(conversation: Conversation, message: Message, learned: Learned, messages: int, about: log.About) -> None:
    """Write it in the transaction that ends the run of `message`.

    Where something was learned it is told, with how many `messages` were stored; messages alone tell of themselves.
    """
