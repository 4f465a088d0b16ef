"""Tokens that are not ours, not any more, or not whole: made by rule from one that is good."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import jwt
from django.conf import settings

from security import signing

Named = Iterator[tuple[str, str]]

IDS: Final = ("sub", "sid", "jti")
WORDS: Final = ("typ", "iss", "aud")
TIMES: Final = ("iat", "exp")
OF_NO_TYPE: Final[tuple[Any, ...]] = (None, True, False, 1.5, [], {}, [None], {"a": 1})
NO_WORDS: Final = (*OF_NO_TYPE, 0, 17, "", " ", "\0", "null", "x" * 300)
NO_TIMES: Final = (*OF_NO_TYPE, "", "soon", float("inf"), float("nan"), -(10**20), 10**20, "1e9")
ALGORITHMS: Final[tuple[Any, ...]] = (
    *("none", "None", "NONE", "nOnE", "HS384", "HS512", "hs256", "HS256 ", "RS256", "PS256", "ES256", "EdDSA", "dir"),
    *("", None, 1, ["HS256"], {"HS256": 1}),
)
PEM: Final = "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAK\n-----END PUBLIC KEY-----\n"
OWN_KEY: Final = {"kty": "oct", "alg": "HS256", "k": "a" * 43}
EXTRA: Final[dict[str, list[Any]]] = {
    "jwk": [OWN_KEY, "", None],
    "jku": ["https://evil.example/keys", "http://127.0.0.1:1/keys", ""],
    "x5u": ["https://evil.example/chain", ""],
    "x5c": [["MIIB"], []],
    "x5t": ["AAAA"],
    "x5t#S256": ["AAAA"],
    "crit": [["exp"], ["b64"], ["kid"], [], "exp", None, 1],
    "b64": [True, False],
    "zip": ["DEF"],
    "enc": ["A256GCM"],
    "cty": ["JWT"],
    "p2c": [10**9],
    "epk": [OWN_KEY],
    "nonce": ["1"],
    "unknown": [1],
}
MANGLED: Final = {
    "a word": "token",
    "an id": str(uuid4()),
    "what a ticket looks like": "q" * 43,
    "what a key looks like": "sb_" + "k" * 40,
    "dots": "..",
    "many dots": "." * 200,
    "three words": "a.b.c",
    "no base64": "!.!.!",
    "accents": "\u00e9.\u00e9.\u00e9",
    "nothing within": "e30.e30.e30",
    "long": "x" * 3900,
}


@dataclass(frozen=True)
class Good:
    """A token that is taken, in parts; `foreign`: claims of somebody else's."""

    token: str
    foreign: dict[str, str]

    @property
    def claims(self) -> dict[str, Any]:
        found: dict[str, Any] = jwt.decode(self.token, options={"verify_signature": False})
        return found

    @property
    def header(self) -> dict[str, Any]:
        return dict(jwt.get_unverified_header(self.token))

    @property
    def segments(self) -> list[str]:
        return self.token.split(".")

    def saying(self, **claims: Any) -> str:
        """Signed by us."""
        return signed(self.claims | claims, header=self.header)

    def under(self, header: Any, key: str | None = None) -> str:
        return signed(self.claims, key, header)


def signed(claims: dict[str, Any], key: str | None = None, header: Any = None, digest: str = "sha256") -> str:
    """By hand: no library would sign some of it."""
    key = settings.SIGNING_KEY if key is None else key
    header = header if header is not None else {"alg": "HS256", "typ": "JWT", "kid": signing.key_id(key)}
    signing_input = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}"
    return f"{signing_input}.{encoded(hmac.digest(key.encode(), signing_input.encode(), digest))}"


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def table(good: Good) -> dict[str, str]:
    """By name, all there are."""
    makers = (_claims, _misused, _mistimed, _algorithms, _headers, _keys, _cut, _changed, _composed)
    found = {name: token for make in makers for name, token in make(good)}
    return {**found, **MANGLED}


def _claims(good: Good) -> Named:
    """Each required claim, missing or of another type; signed by us, so that nothing else is wrong."""
    for claim in (*IDS, *WORDS, *TIMES):
        yield f"{claim} is missing", signed({name: value for name, value in good.claims.items() if name != claim})
        own = good.claims[claim]
        for value in (*(NO_TIMES if claim in TIMES else NO_WORDS), [own], {"value": own}):
            yield f"{claim} is {str(value)[:30]!r} ({type(value).__name__})", good.saying(**{claim: value})
    for claim in TIMES:
        for value in (str(good.claims[claim]), float(good.claims[claim])):
            yield f"{claim} is {value!r}", good.saying(**{claim: value})


def _misused(good: Good) -> Named:
    """Whole tokens, of another place, kind or person."""
    other_kind = "refresh" if good.claims["typ"] == "access" else "access"
    for kind in (other_kind, "sliding", "ticket", "service", "id", "Access", "access ", "JWT"):
        yield f"typ is {kind!r}", good.saying(typ=kind)
    for claim in ("iss", "aud"):
        for value in ("somebody", "Switchboard", "switchboard/", "https://switchboard", ["switchboard", "x"]):
            yield f"{claim} is {value!r}", good.saying(**{claim: value})
    for claim, value in good.foreign.items():
        yield f"{claim} is somebody else's", good.saying(**{claim: value})
    for claim in ("sub", "sid"):
        yield f"{claim} is nobody's", good.saying(**{claim: str(uuid4())})


def _mistimed(good: Good) -> Named:
    now = int(time.time())
    for seconds in (11, 60, 3600, 10**8):
        yield f"expired {seconds} s ago", good.saying(exp=now - seconds, iat=now - seconds - 60)
    for seconds in (40, 3600, 10**8):
        yield f"issued in {seconds} s", good.saying(iat=now + seconds, exp=now + seconds + 60)
        yield f"not before {seconds} s", good.saying(nbf=now + seconds)
    yield "not before a word", good.saying(nbf="soon")
    if good.claims["typ"] == "access":
        for seconds in (11, 3600, 10**9):
            yield f"lives {seconds} s more than access tokens do", good.saying(exp=good.claims["exp"] + seconds)


def _algorithms(good: Good) -> Named:
    """With our signature, with none, and with the one that is named, as far as there is one."""
    _, payload, signature = good.segments
    for algorithm in ALGORITHMS:
        header = encoded(json.dumps(good.header | {"alg": algorithm}).encode())
        for what, tail in (("ours", signature), ("none", "")):
            yield f"alg {algorithm!r}, signature {what}", f"{header}.{payload}.{tail}"
        yield f"alg {algorithm!r}, signed", good.under(good.header | {"alg": algorithm})
    for digest in ("sha384", "sha512"):
        named = good.header | {"alg": f"HS{digest[3:]}"}
        yield f"{digest} and says so", signed(good.claims, header=named, digest=digest)
        yield f"{digest} and does not say so", signed(good.claims, header=good.header, digest=digest)


def _headers(good: Good) -> Named:
    """Signed by us each time: a key, a place of keys or a rule that the header brings is refused unread."""
    for name in good.header:
        yield f"no {name}", good.under({key: value for key, value in good.header.items() if key != name})
    foreign = signing.key_id(settings.SECRET_KEY)
    kids: list[Any] = ["", "0" * 16, foreign, "../../dev/null", "' OR 1=1 --", None, 7, [], {}]
    for kid in kids:
        yield f"kid {kid!r}", good.under(good.header | {"kid": kid})
    for typ in ("", "jwt", "JWS", "at+jwt", "refresh+jwt", None, 1, ["JWT"]):
        yield f"typ of the header {typ!r}", good.under(good.header | {"typ": typ})
    for name, values in EXTRA.items():
        for value in values:
            yield f"{name} {str(value)[:30]}", good.under(good.header | {name: value})
    none: list[Any] = [[], "HS256", 1, {}]
    for header in none:
        yield f"header that is {header!r}", good.under(header)


def _keys(good: Good) -> Named:
    own = settings.SIGNING_KEY
    keys = {
        "nothing": "",
        "the other secret": settings.SECRET_KEY,
        "the kid": signing.key_id(own),
        "a digest of the key": hashlib.sha256(own.encode()).hexdigest(),
        "a public key": PEM,
        "the key, cut": own[:-1],
        "the key and more": own + "\n",
        "the key, backwards": own[::-1],
        "another": "k" * 64,
    }
    for name, key in keys.items():
        yield f"signed with {name}, under our kid", good.under(good.header, key)
        if key:
            yield f"signed with {name}, under its kid", signed(good.claims, key)
    for algorithm in ("RS256", "ES256"):
        yield f"{algorithm} with a public key as secret", good.under(good.header | {"alg": algorithm}, PEM)
    yield "signed with the key it brings", good.under(good.header | {"jwk": OWN_KEY}, "i" * 32)


def _cut(good: Good) -> Named:
    for place in range(3):
        segment = good.segments[place]
        for keep in (0, 1, len(segment) // 2, len(segment) - 4, len(segment) - 2, len(segment) - 1):
            yield f"segment {place} cut to {keep}", _with(good, place, segment[:keep])
        for skip in (1, 2, len(segment) // 2):
            yield f"segment {place} without its first {skip}", _with(good, place, segment[skip:])
        yield f"segment {place} left out", ".".join(good.segments[:place] + good.segments[place + 1 :])


def _changed(good: Good) -> Named:
    """One character at a time. The highest bit of its six: the lowest of the last one may mean nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for place in range(3):
        segment = good.segments[place]
        for at in (0, 1, len(segment) // 3, len(segment) // 2, len(segment) - 2, len(segment) - 1):
            flipped = alphabet[alphabet.index(segment[at]) ^ 32]
            yield f"segment {place} changed at {at}", _with(good, place, segment[:at] + flipped + segment[at + 1 :])
        for inserted in ("A", "\u00e9", "\0", " ", "."):
            yield f"segment {place} with {inserted!r}", _with(good, place, segment[:9] + inserted + segment[9:])


def _composed(good: Good) -> Named:
    header, payload, signature = good.segments
    foreign = good.saying(**good.foreign).split(".")
    yield "payload of another", f"{header}.{foreign[1]}.{signature}"
    yield "signature of another", f"{header}.{payload}.{foreign[2]}"
    yield "turned round", f"{signature}.{payload}.{header}"
    yield "twice", f"{good.token}.{good.token}"
    yield "five segments", f"{header}.{payload}.{signature}.{payload}.{signature}"
    yield "more after a dot", f"{good.token}."
    yield "in quotes", f'"{good.token}"'
    yield "as JSON", json.dumps({"payload": payload, "protected": header, "signature": signature})
    for name, raw in (
        ("deep", b"[" * 2500),
        ("a long number", b"1" * 2500),
        ("no text", b"\xff\xfe"),
        ("a list", b"[]"),
    ):
        yield f"header that is {name}", f"{encoded(raw)}.{payload}.{signature}"
        signing_input = f"{header}.{encoded(raw)}"
        ours = encoded(hmac.digest(settings.SIGNING_KEY.encode(), signing_input.encode(), "sha256"))
        yield f"payload that is {name}", f"{signing_input}.{ours}"


def _with(good: Good, place: int, segment: str) -> str:
    return ".".join([*good.segments[:place], segment, *good.segments[place + 1 :]])
