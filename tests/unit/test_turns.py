"""Turns at the only writer: one at a time, in the order in which they asked, and nobody is forgotten."""

from __future__ import annotations

import threading
from time import monotonic, sleep

import pytest

from desk.storage.turns import Turns


def _until_waiting(turns: Turns, count: int) -> None:
    end = monotonic() + 30
    while len(turns._waiting) < count:
        assert monotonic() < end
        sleep(0.001)


def test_who_asked_first_comes_first() -> None:
    turns, order, threads = Turns(), [], []

    def take(number: int) -> None:
        with turns:
            order.append(number)

    with turns:
        for number in range(5):
            threads.append(threading.Thread(target=take, args=(number,)))
            threads[-1].start()
            _until_waiting(turns, number + 1)
        assert order == []
    for thread in threads:
        thread.join(30)
    assert order == [0, 1, 2, 3, 4]


def test_only_one_at_a_time_whatever_happens_inside() -> None:
    turns, inside, most, done = Turns(), [0], [0], []

    def work() -> None:
        for number in range(200):
            try:
                with turns:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                    inside[0] -= 1
                    if number % 3 == 0:
                        raise ValueError
            except ValueError:
                done.append(number)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most == [1]
    assert len(done) == 6 * 67


def test_who_holds_it_does_not_wait_for_himself() -> None:
    turns = Turns()
    with turns, pytest.raises(RuntimeError), turns:
        pass
    with turns:  # and it is free again
        pass


def test_who_was_interrupted_while_he_waited_holds_up_nobody() -> None:
    turns, mine = Turns(), threading.Lock()
    with turns:
        turns._waiting.append((-1, mine))
        turns._leave(-1, mine)
    with turns:
        pass
    turns._holder = -1  # handed over in the moment of the interruption
    turns._leave(-1, mine)
    with turns:
        pass
