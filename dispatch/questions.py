"""What a message asks of the built-in responder, read without any model: sentences, openings, question marks."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contexts.context import Context, MessageView

READ: Final = 4000  # characters of a longer text that are looked at: half at its beginning, half at its end
SENTENCE_END: Final = re.compile(r"(?<=[.!?\u061f\uff1f])\s+|\n+")
MARKS: Final = ("?", "\u061f", "\uff1f")  # with the Arabic and the full-width one
OPENING: Final = re.compile(
    r"(?:(?:hey|hi|hello|ok|okay|so|and|but|well|please|then)\b[\s,]*)*"
    r"(?:(?:what|when|where|who|whom|whose|which|why|how)(?:'?s|'re|'d)?\s+"
    r"(?:is|are|was|were|am|did|do|does|has|have|had|can|could|should|would|will|many|much|old|long|often|far|else)\b"
    r"|(?:what|when|where|who|how)'?s\b|(?:what|which|whose) \w+ (?:is|are|was|were|did|do|does|has|have|will)\b"
    r"|(?:did|do|does|can|could|would|will|are|have|has) (?:i|you|we|he|she|they)\b|(?:is|are|was|were) there\b)"
)
REQUEST: Final = re.compile(
    r"(?:(?:hey|hi|hello|ok|okay|so|and|please|now|can you|could you|would you)\b[\s,]*)*"
    r"(?:tell me|remind me|show me|give me|find|search|recall|look up|quote|repeat|list|write|make|create|generate|draw"
    r"|explain|translate|describe|suggest|recommend|help|summari[sz]e|sum up|recap|compare|fix|rewrite|draft)\b"
)
OPENING_LENGTH: Final = 200


@dataclass(frozen=True)
class Question:
    """`text`: what the message says, at most READ characters of it.

    `asked`: its last sentence that wants an answer; "" when none does.
    """

    message: MessageView
    context: Context
    now: datetime
    text: str
    asked: str

    @property
    def folded(self) -> str:
        """The beginning of what is asked, for patterns: lower case, single spaces, no marks at the end."""
        return " ".join(_opening(self.asked).split()).rstrip("".join((*MARKS, " !.")))


def read(message: MessageView, context: Context, now: datetime) -> Question:
    text = excerpt(message.text)
    return Question(message, context, now, text, asked=_asked(text))


def excerpt(text: str) -> str:
    half = READ // 2
    return text.strip() if len(text) <= READ else f"{text[:half]}\n{text[-half:]}".strip()


def asks(text: str) -> bool:
    """Whether a sentence is a question, by its mark or its first words."""
    sentence = text.strip()
    return sentence.endswith(MARKS) or bool(OPENING.match(_opening(sentence)))


def tells(text: str) -> bool:
    """Whether any of its sentences is not a question."""
    return not all(asks(sentence) for sentence in sentences(text))


def sentences(text: str) -> list[str]:
    return [sentence for sentence in SENTENCE_END.split(text.strip()) if sentence.strip()]


def _opening(sentence: str) -> str:
    return sentence[:OPENING_LENGTH].casefold().replace("\u2019", "'")


def _asked(text: str) -> str:
    """The last question or request; "" when there is none."""
    wanting = (s.strip() for s in reversed(sentences(text)) if asks(s) or REQUEST.match(_opening(s)))
    return next(wanting, "")
