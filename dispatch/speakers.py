"""Who is meant by "I", "you" or a name in a question, and how messages of theirs are told from others."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from contexts import words
from contexts.context import Context, MessageView
from contexts.models import MessageRole
from dispatch.questions import Question

SAYING: Final = words.each(
    """
    say said saying says tell told write wrote written send sent post posted mention mentioned ask asked answer answered
    think thought suggest suggested promise promised decide decided
    """
)
BETWEEN: Final = words.each("ever just first last already really exactly")
FROM: Final = words.each("from by of")
OWNED: Final = words.each("message messages post posts words answer answers reply question questions")
ASSISTANT: Final = "you"


@dataclass(frozen=True)
class Speaker:
    """`name` as a question calls them."""

    name: str
    author: str
    role: str = MessageRole.USER

    def wrote(self, message: MessageView) -> bool:
        if self.role == MessageRole.ASSISTANT:
            return is_own(message)
        return message.role == self.role and message.author == self.author


def meant(question: Question) -> Speaker | None:
    """Whose messages are asked for: "did I write", "bob said", "from ada", "your last message"."""
    names = _names(question)
    tokens = [word.split("'")[0] for word in words.words(question.asked) if word not in BETWEEN]
    for before, word in pairwise(tokens):
        if before in names and word in SAYING | OWNED:
            return names[before]
        if before in FROM and word in names:
            return names[word]
    return None


def is_own(message: MessageView) -> bool:
    """Whether it is one of our answers."""
    return message.role == MessageRole.ASSISTANT


def described(username: str, context: Context) -> str | None:
    """`Ada Lovelace (ada), owner of this workspace`."""
    found = next((person for person in context.participants if person.username == username), None)
    if found is None:
        return None
    name = found.name if found.name == found.username else f"{found.name} ({found.username})"
    return f"{name}, {found.role} of this workspace"


def _names(question: Question) -> dict[str, Speaker]:
    asker = question.message.author
    names = {word: Speaker("you", asker) for word in ("i", "me", "my", "mine")}
    names |= {word: Speaker("I", ASSISTANT, MessageRole.ASSISTANT) for word in ("you", "your", "yours")}
    for person in question.context.participants:
        for name in (person.username, *person.name.split()[:1]):
            names.setdefault(name.casefold(), Speaker(person.username, person.username))
    for message in question.context.messages:
        if message.role == MessageRole.USER:
            names.setdefault(message.author.casefold(), Speaker(message.author, message.author))
    return names
