"""What tokens say whose signature was right, up to their end. They are remembered by a digest: no token is kept."""

import hashlib
import threading
import time
from collections import OrderedDict
from typing import Any, Final

MOST: Final = 4096

Payload = dict[str, Any]


class Verified:
    def __init__(self) -> None:
        self._payloads: OrderedDict[bytes, Payload] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._payloads)

    def find(self, token: str) -> Payload | None:
        """None: verify it, also in the leeway after its end, which is PyJWT's to give."""
        digest = _digest(token)
        with self._lock:
            payload = self._payloads.get(digest)
            if payload is None or payload["exp"] <= time.time():
                return None
            self._payloads.move_to_end(digest)
            return dict(payload)

    def keep(self, token: str, payload: Payload) -> None:
        if not isinstance(payload.get("exp"), int):
            return
        with self._lock:
            self._payloads[_digest(token)] = dict(payload)
            if len(self._payloads) > MOST:
                self._payloads.popitem(last=False)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
