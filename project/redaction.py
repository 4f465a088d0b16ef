"""What opens our doors is never written to the log, whoever put it into a line, an extra field or an exception."""

import logging
import re
from typing import Final

from project import keyform

KEY: Final = re.compile(
    rf"({keyform.MARK}[0-9A-Za-z]{{{keyform.SHOWN}}})[0-9A-Za-z]+"
)  # what is shown stays: it tells which
TOKEN: Final = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")

SIGNING: Final = re.compile(r"\bwhsec_[A-Za-z0-9+/=_-]+")  # of experts, as Standard Webhooks writes them
CALLBACK: Final = re.compile(r"(callbacks/[0-9a-f]{8})[0-9a-f]{24}\.[A-Za-z0-9_-]+")


def redacted(text: str) -> str:
    for secret, instead in ((KEY, r"\1[redacted]"), (TOKEN, "[token]"), (SIGNING, "whsec_[redacted]")):
        text = secret.sub(instead, text)
    return CALLBACK.sub(r"\1[redacted]", text)


class RedactingHandler(logging.StreamHandler):  # type: ignore[type-arg]  # generic to the checker alone
    """Looks at the line as it is written: also at what a formatter adds, such as the text of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))
