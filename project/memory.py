"""The memory side of the cache: bounded by entries and bytes, the least recently used goes first."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    value: bytes
    ends: float | None


class BoundedMemory:
    """Keys to bytes. `entries` and `size` (bytes of keys and values) are upper bounds. Safe between threads."""

    def __init__(self, entries: int, size: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._entries, self._size, self._clock = entries, size, clock
        self._rows: OrderedDict[str, Entry] = OrderedDict()
        self._used = 0
        self._lock = threading.RLock()

    @property
    def used(self) -> int:
        return self._used

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: str) -> bytes | None:
        with self._lock:
            entry = self._rows.get(key)
            if entry is None:
                return None
            if entry.ends is not None and entry.ends <= self._clock():
                self._drop(key)
                return None
            self._rows.move_to_end(key)
            return entry.value

    def set(self, key: str, value: bytes, seconds: float | None) -> None:
        with self._lock:
            self._drop(key)
            over = seconds is not None and seconds <= 0
            if over or len(key) + len(value) > self._size:  # the latter would drive out everything else first
                return
            self._rows[key] = Entry(value, None if seconds is None else self._clock() + seconds)
            self._used += len(key) + len(value)
            while self._rows and (len(self._rows) > self._entries or self._used > self._size):
                self._drop(next(iter(self._rows)))

    def add(self, key: str, value: bytes, seconds: float | None) -> bool:
        with self._lock:
            if self.get(key) is not None:
                return False
            self.set(key, value, seconds)
            return True

    def change(self, key: str, change: Callable[[bytes], bytes]) -> bytes | None:
        """Replace a value, keeping its end, as one step. None when there is none."""
        with self._lock:
            value = self.get(key)
            if value is None:
                return None
            ends = self._rows[key].ends
            self.set(key, change(value), None if ends is None else ends - self._clock())
            return self.get(key)

    def touch(self, key: str, seconds: float | None) -> bool:
        with self._lock:
            value = self.get(key)
            if value is not None:
                self.set(key, value, seconds)
            return value is not None

    def delete(self, key: str) -> bool:
        with self._lock:
            return self._drop(key)

    def clear(self) -> None:
        with self._lock:
            self._rows.clear()
            self._used = 0

    def _drop(self, key: str) -> bool:
        entry = self._rows.pop(key, None)
        if entry is not None:
            self._used -= len(key) + len(entry.value)
        return entry is not None
