"""What can go wrong with a call out of this process. `told` is for everybody; `str(error)` is for the log: it may name
addresses, and quote what was answered.

OutgoingError
├── AddressRefused   not where calls may go
├── Unreachable      nobody there, or it broke off
├── Late             no answer within the time
├── TooMuch          more than OUTGOING_BODY_LIMIT
└── BadAnswer        a redirect, a compressed body, no HTTP
"""

from typing import ClassVar


class OutgoingError(Exception):
    told: ClassVar[str] = "It could not be asked."


class AddressRefused(OutgoingError):
    told = "Its address is not one that may be asked."


class Unreachable(OutgoingError):
    told = "It could not be reached."


class Late(OutgoingError):
    told = "It did not answer in time."


class TooMuch(OutgoingError):
    told = "It answered more than is read."


class BadAnswer(OutgoingError):
    told = "Its answer could not be read."
