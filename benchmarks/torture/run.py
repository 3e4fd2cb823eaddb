"""One run: lives of a gateway, each ended by SIGKILL, while people talk and the platform misbehaves."""

from __future__ import annotations

import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from benchmarks.torture.lives import Starter, is_alive, kill
from benchmarks.torture.looking import IN_HAND, LEASED, PENDING, SENDING, UNSENT, Look
from benchmarks.torture.peers import Peer, Said
from benchmarks.torture.rasa import Brain, Rasa, is_ready, wait_ready
from benchmarks.torture.stream import Item
from bot.cli.community import import_file
from desk.storage.engine import open_engine, sqlite_url
from desk.storage.schema import prepare

BLIND, ANY = "blind", "any"
AIMS = {SENDING: 25, LEASED: 25, PENDING: 10, UNSENT: 15, ANY: 15, BLIND: 10}
"""What a kill waits for, and how often in a hundred."""

ARMED_SECONDS = 3.0
"""How long a gateway that hears lives at most before it may be killed."""

PATIENCE_SECONDS = 5.0
"""How long a kill waits for its aim; so long again for anything at all."""

LOOK_SECONDS = 0.003
BAIT = 2
"""Messages of each life that are said when the kill is armed."""

DUPLICATES, REORDERED, TROUBLES, FULL_DISKS = 0.05, 0.1, 0.35, 0.2
"""Shares: of messages the first two, of lives the others."""

FULL_SECONDS = 4.0
"""How long the disk stays full at most once a kill may come."""

REPEAT_SECONDS = 3.0
WITHOUT_RASA = 2
"""Lives without Rasa; then kills wait for it, or everything would happen without it."""

SETTLE_SECONDS = 900.0


@dataclass
class Report:
    """What happened."""

    aimed: Counter[str] = field(default_factory=Counter)
    hit: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    said: dict[tuple[str, str], Said] = field(default_factory=dict)
    duplicates: int = 0
    reordered: int = 0
    repeated: set[tuple[str, str]] = field(default_factory=set)
    rasa_kills: int = 0
    ended: list[str] = field(default_factory=list)
    settled: float | None = None
    seconds: float = 0.0

    @property
    def in_hand(self) -> float:
        """Share of the kills that hit work in hand."""
        return sum(count for state, count in self.hit.items() if state in IN_HAND) / max(1, sum(self.hit.values()))


Deed = tuple[float, Callable[[], None]]


class Run:
    """A run on one platform. `home` keeps the database and the logs."""

    def __init__(self, peer: Peer, home: Path, starter: Starter, brain: Brain, chance: random.Random) -> None:
        self.long: list[str] = []
        self.report = Report()
        self.url = sqlite_url(home / "linli.db")
        self._peer = peer
        self._home = home
        self._starter = starter
        self._brain = brain
        self._chance = chance
        self._sent_at: dict[tuple[str, str], float] = {}
        self._mourning = 0
        self._restart_rasa = False
        self._prepare()
        self._look = Look(home / "linli.db")

    def _prepare(self) -> None:
        engine = open_engine(self.url)
        prepare(engine)
        file = self._home / "register.yml"
        file.write_text(yaml.safe_dump(self._peer.register(), allow_unicode=True), encoding="utf-8")
        import_file(engine, file)
        engine.dispose()

    def go(self, items: list[Item], kills: int, rasa_kills: int) -> Report:
        """All of it, to the end of the last life."""
        began = time.monotonic()
        rest = list(items)
        without = {round((n + 1) * kills / (rasa_kills + 1)) for n in range(rasa_kills)}
        for number in range(kills):
            if number in without:
                self._kill_rasa()
            share = [rest.pop() for _ in range(min(len(rest), -(-len(rest) // (kills - number + 1))))]
            self._life(share)
            print(f"\r{self._peer.channel}: {number + 1} of {kills} kills", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        self._last_life(rest)
        self.report.seconds = time.monotonic() - began
        self._look.close()
        return self.report

    # --- a life

    def _life(self, share: list[Item]) -> None:
        aim = self._chance.choices(list(AIMS), list(AIMS.values()))[0]
        armed = self._peer.greeting + self._chance.uniform(0, ARMED_SECONDS)
        deeds = self._deeds(share, aim, armed)
        pid, began = self._begin(), time.monotonic()
        while True:
            now = time.monotonic() - began
            while deeds and deeds[0][0] <= now:
                deeds.pop(0)[1]()
            if not is_alive(pid):
                self._ended()
                break
            if now >= armed and self._is_time(aim, now - armed, pid):
                break
            self._repeat_lost()
            time.sleep(LOOK_SECONDS)
        kill(pid)
        self._mourning += 1
        self.report.aimed[aim] += 1
        self.report.hit[self._look.state(pid)] += 1
        self._starter.full.unlink(missing_ok=True)
        for _, deed in deeds:
            deed()
        self._starter.full.unlink(missing_ok=True)

    def _begin(self) -> int:
        return self._starter.begin("linli", **self._peer.life())

    def _is_time(self, aim: str, waited: float, pid: int) -> bool:
        if self._mourning > WITHOUT_RASA and not is_ready(self._brain):
            return False
        if aim == BLIND or waited > 2 * PATIENCE_SECONDS:
            return True
        if aim == ANY or waited > PATIENCE_SECONDS:
            return self._look.state(pid) in IN_HAND
        return bool(self._look.counts(pid)[aim])

    def _ended(self) -> None:
        self.report.ended.append(self._starter.log_of("linli")[-300:])

    def _deeds(self, share: list[Item], aim: str, armed: float) -> list[Deed]:
        """What happens in a life, and when: things are said, said twice, in another order; troubles; a full disk."""
        full = self._chance.random() < FULL_DISKS
        share = [self._lengthened(item) for item in share] if full else share
        items = sorted(share, key=lambda item: item.request) if aim in (SENDING, UNSENT) else share
        early, bait = items[:-BAIT], items[-BAIT:]
        times = sorted(self._chance.uniform(0, armed) for _ in early)
        times += [armed + 0.05 * (n + 1) for n in range(len(bait))]
        deeds: list[Deed] = list(zip(times, map(self._saying, self._shuffled(early + bait)), strict=True))
        if self._chance.random() < TROUBLES:
            deeds.append((self._chance.uniform(self._peer.greeting, armed), self._trouble))
        if full:
            deeds.append((self._peer.greeting / 2, self._starter.full.touch))
            deeds.append((armed + self._chance.uniform(0, FULL_SECONDS), self._emptied))
        if self._restart_rasa:  # a gateway begins without it
            self._restart_rasa = False
            deeds.append((self._chance.uniform(0.5, 2 * ARMED_SECONDS), self._brain.start))
        return sorted(deeds, key=lambda deed: deed[0])

    def _lengthened(self, item: Item) -> Item:
        return item if item.request or not self.long else replace(item, text=self._chance.choice(self.long))

    def _shuffled(self, items: list[Item]) -> list[Said]:
        """Written in order, but now and then the later one arrives first."""
        said = [self._peer.write(item) for item in items]
        for n in range(len(said) - 1):
            if self._chance.random() < REORDERED:
                said[n], said[n + 1] = said[n + 1], said[n]
                self.report.reordered += 1
        return said

    def _saying(self, said: Said) -> Callable[[], None]:
        def say() -> None:
            self.report.said[said.key] = said
            self._send(said)
            if self._chance.random() < DUPLICATES:
                self.report.duplicates += 1
                self._send(said)

        return say

    def _send(self, said: Said) -> None:
        self._sent_at[said.key] = time.monotonic()
        self._peer.send(said)

    def _trouble(self) -> None:
        self.report.troubles[self._peer.trouble(self._chance)] += 1

    def _emptied(self) -> None:
        self._starter.full.unlink(missing_ok=True)
        self.report.troubles["full disk"] += 1

    def _repeat_lost(self) -> None:
        """What a platform forgets when nobody takes it, people's phones deliver late."""
        late = time.monotonic() - REPEAT_SECONDS
        if not self._peer.forgets or not any(at < late for at in self._sent_at.values()):
            return
        for key in self._look.taken() & self._sent_at.keys():
            del self._sent_at[key]
        for key, at in list(self._sent_at.items()):
            if at < late:
                self.report.repeated.add(key)
                self._send(self.report.said[key])

    def _kill_rasa(self) -> None:
        if isinstance(self._brain, Rasa):
            self._brain.kill(*((), ("rasa",), ("actions",))[self.report.rasa_kills % 3])
        else:
            self._brain.kill()
        self._restart_rasa = True
        self.report.rasa_kills += 1
        self._mourning = 0

    # --- the end

    def _last_life(self, rest: list[Item]) -> None:
        """Nothing goes wrong any more, and what is left is said; then everything must come to rest."""
        wait_ready(self._brain)
        self._peer.heal()
        pid, began = self._begin(), time.monotonic()
        for said in self._shuffled(rest):
            self._saying(said)()
        while time.monotonic() - began < SETTLE_SECONDS:
            self._repeat_lost()
            missing = self.report.said.keys() - self._look.taken()
            if not missing and not self._look.unsettled():
                self.report.settled = time.monotonic() - began
                break
            if not is_alive(pid):
                self._ended()
                break
            time.sleep(0.2)
        kill(pid, signal.SIGTERM)
