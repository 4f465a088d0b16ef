"""What only looks like a secret: placeholders, references, hashes, names, words."""

import base64
import math
import re
from collections import Counter
from collections.abc import Callable
from typing import Final

import re2

RANDOM_BITS: Final = 3.0  # a character, of what is drawn at random: words repeat their letters
# What documentation, templates and tests write instead of a secret.
PLACEHOLDER: Final = re2.compile(
    r"(?i)example|sample|placeholder|change[-_]?(?:me|this)|your[-_. ]?(?:\w*[-_])?(?:key|token|secret|pass|api)"
    r"|\byour[-_]|(?:^|[-_/])(?:my|fake|dummy|mock|foo|bar|some|insert|put|goes|here|todo|replace|none|null|undefined)(?:[-_/]|$)"
    r"|redacted|hunter2$|(?:x{5}|\*{3}|\.{3}|0{8}|1{6}|a{6}|#{3})|12345678|01234567|abcdefgh|deadbeef|qwerty"
)
# What is not the value but says where it is: variables, calls, attributes, templates.
REFERENCE: Final = re2.compile(
    r"^[$%@&\\/~.#!|:=<\[-]|\$\{|\{\{|^(?:os|process|env|config|settings|self|this|request|req|secrets?|vault)[.?\[]"
    r"|^(?:data|args|options|props|user|credentials|ctx|app|import\.meta)[.?\[]"
    r"|^[A-Za-z_]+\.[A-Za-z_.]+$|^[A-Za-z]+://|^\w+@\w"
)
HASHED: Final = re2.compile(r"^(?:\$\d\w?\$|\$argon2|pbkdf2_|bcrypt|sha\d+[:$-]|md5[:$]|scrypt|\{SSHA)")
UUID: Final = re2.compile(r"(?i)^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$")
JOINT: Final = re.compile(r"[-_./+]")
HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
WORD: Final = re.compile(r"(?:[a-z]{2,}|[A-Z]{2,}|[A-Z][a-z]+)[0-9]{0,2}")
CREDENTIAL: Final = re.compile(r"(?i)token|secret|key|credential|auth")
IDENTIFIERS: Final = re.compile(r"[A-Za-z_$][\w.$]*")
ATTRIBUTES: Final = re.compile(r"[A-Za-z_$]\w*(?:\.[A-Za-z_]+[0-9]{0,2})+")
CUT_TOKEN: Final = 100  # characters
SHOWN_TO_ALL: Final = ("1234567890", "John Doe")  # the token that documentation of tokens shows


def _is_usual(value: str) -> bool:
    return "PRIVATE KEY" in value or not PLACEHOLDER.search(value)


def _is_password(value: str) -> bool:
    """In an address: short ones too, but not the words that stand for one."""
    words = {"password", "passwd", "pass", "pwd", "secret", "postgres", "root", "user", "admin", "guest", "token"}
    return value.lower() not in words and _is_value(value.replace("@", ""))


def _is_assigned(value: str) -> bool:
    kinds = [any(map(test, value)) for test in (str.isdigit, str.islower, str.isupper, _is_sign)]
    return (
        _is_value(value)
        and any(map(str.isalpha, value))
        and kinds[0] + kinds[3] > 0
        and sum(kinds) >= 2
        and (_bits(value) >= 2.5 and not UUID.search(value) and not _is_name(value))
    )


def _is_value(value: str) -> bool:
    return not (PLACEHOLDER.search(value) or REFERENCE.search(value) or HASHED.search(value))


def _is_name(value: str) -> bool:
    """An identifier or words joined by signs: `user_password_field`, `DB-PASSWORD`, `k8s-secret-1`, `AuthTokenV2`."""
    words = JOINT.split(value)
    if all(word.isalpha() or len(word) < 3 for word in words) and (
        value.islower() or value.isupper() or value.istitle()
    ):
        return True
    parts = JOINT.split(HUMP.sub("_", value)) if CREDENTIAL.search(value) else words
    like = [part for part in parts if WORD.fullmatch(part)]
    return len(like) > 1 and all(part in like or len(part) < 4 for part in parts)


def is_code(value: str, before: str, behind: str) -> bool:
    """A call, an index or a path of attributes. What stands in quotation marks is none."""
    called = behind in ("(", "[") and IDENTIFIERS.fullmatch(value)
    return before not in ("'", '"', "`") and bool(called or ATTRIBUTES.fullmatch(value))


def _is_sign(character: str) -> bool:
    return not character.isalnum()


def looks_drawn(value: str) -> bool:
    tail = max(value.replace("-", "_").split("_"), key=len)
    return (
        len(tail) >= 16 and any(map(str.isdigit, tail)) and any(map(str.isalpha, tail)) and _bits(tail) >= RANDOM_BITS
    )


def _bits(value: str) -> float:
    """Shannon's entropy of its characters, in bits a character."""
    return -sum(count / len(value) * math.log2(count / len(value)) for count in Counter(value).values())


def _is_jwt(value: str) -> bool:
    """Of three parts; of fewer where it is so long that it is one whose rest is missing, or still to come."""
    head, body, signature = (*value.split("."), "", "")[:3]
    told = _decoded(head)
    whole = told.startswith("{") and told.endswith("}") and signature
    if '"alg"' not in told or not (whole or len(value) >= CUT_TOKEN):
        return False
    return not all(word in _decoded(body) for word in SHOWN_TO_ALL)


def _decoded(part: str) -> str:
    """As far as it goes."""
    whole = part[: len(part) - (len(part) % 4 == 1)]
    return base64.urlsafe_b64decode(whole + "=" * (-len(whole) % 4)).decode(errors="replace")


# The further look that a signature of a secret asks for: whether it is one.
CHECKS: Final[dict[str, Callable[[str], bool]]] = {
    "usual": _is_usual,
    "jwt": _is_jwt,
    "password": _is_password,
    "assigned": _is_assigned,
}
