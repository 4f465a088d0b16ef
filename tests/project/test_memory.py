"""The memory side of the cache is bounded and forgets what is due."""

from hypothesis import given
from hypothesis import strategies as st

from project.memory import BoundedMemory


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_least_recently_used_goes_first() -> None:
    memory = BoundedMemory(entries=2, size=1000)
    memory.set("a", b"1", None)
    memory.set("b", b"2", None)
    memory.get("a")

    memory.set("c", b"3", None)

    assert [memory.get(key) for key in "abc"] == [b"1", None, b"3"]


def test_value_beyond_the_whole_size_is_not_kept_and_drives_out_nothing() -> None:
    memory = BoundedMemory(entries=10, size=100)
    memory.set("small", b"x", None)

    memory.set("big", b"x" * 101, None)

    assert (memory.get("big"), memory.get("small"), len(memory)) == (None, b"x", 1)


def test_value_ends_with_its_time() -> None:
    clock = Clock()
    memory = BoundedMemory(10, 1000, clock)
    memory.set("a", b"1", 5)

    clock.now = 4.9
    assert memory.get("a") == b"1"
    clock.now = 5
    assert memory.get("a") is None
    assert memory.add("a", b"2", 5) is True


def test_change_keeps_the_end() -> None:
    clock = Clock()
    memory = BoundedMemory(10, 1000, clock)
    memory.set("a", b"1", 5)

    clock.now = 3
    memory.change("a", lambda value: value + b"2")

    assert memory.get("a") == b"12"
    clock.now = 5
    assert memory.get("a") is None
    assert memory.change("a", lambda value: value) is None


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.binary(max_size=40), st.booleans()), max_size=60))
def test_bounds_hold_whatever_comes(steps: list[tuple[str, bytes, bool]]) -> None:
    memory = BoundedMemory(entries=4, size=100)

    for key, value, drop in steps:
        memory.delete(key) if drop else memory.set(key, value, None)

        assert len(memory) <= 4
        assert memory.used <= 100
        assert memory.used == sum(
            len(key) + len(memory.get(key) or b"") for key in "abcdef" if memory.get(key) is not None
        )
