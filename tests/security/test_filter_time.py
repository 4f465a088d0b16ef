"""What a filter spends is its own."""

import gc
import time

from security import chain


def test_garbage_of_the_process_is_not_collected_in_a_filters_time():
    def collecting() -> None:
        kept: list[list[int]] = [[] for _ in range(300_000)]
        until = time.thread_time() + 1.5
        while time.thread_time() < until:
            gc.collect()
        kept.clear()

    assert [done.failure for done in chain.run([chain.Step("collecting", collecting, 1.0)], 1.0)] == [""]
