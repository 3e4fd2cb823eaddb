"""Files of tickets: fetched after their message was taken in, cleaned, shown to the worker alone, and taken away again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from desk_driver import LI, QIAN, STAFF, SUN, THREE, WU, ZHANG, Desk, Said
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import select, update

from bot.channels.contract import Capabilities, Outgoing, Permanent, Receipt, Transient, Uncertain
from bot.gateway.deliver import Deliverer
from bot.gateway.fetching import Fetching
from bot.gateway.handle import wall_clock
from bot.gateway.live import Gateway
from desk.domain.attachments import FileState, StoredFile
from desk.domain.model import InboxMessage, OutboxMessage, Person
from desk.domain.words import Act, MessageKind, OutboxState, Outcome
from desk.services import files, keeping
from desk.services.mailroom import Arrival
from desk.storage.content import Store
from desk.storage.engine import transaction
from desk.storage.tables import outbox


def jpeg(shade: int = 90) -> bytes:
    out = BytesIO()
    made = Image.Exif()
    made[0x010F] = "SECRET phone"
    Image.new("RGB", (16, 16), (shade, 20, 20)).save(out, "JPEG", exif=made)
    return out.getvalue()


class Platform:
    """A channel that has files, fails as told, and remembers what it delivered."""

    capabilities = Capabilities(files=True, private=True)

    def __init__(self, **contents: bytes | Exception) -> None:
        self.contents: dict[str, Any] = contents
        self.fetched: list[str] = []
        self.sent: list[Outgoing] = []

    def fetch(self, reference: str) -> bytes:
        self.fetched.append(reference)
        found = self.contents.get(reference, Permanent())
        if callable(found):
            found = found()
        if isinstance(found, Exception):
            raise found
        return bytes(found)

    def send(self, message: Outgoing) -> Receipt:
        self.sent.append(message)
        return Receipt(f"p{len(self.sent)}")

    def photos(self) -> list[tuple[str | None, int]]:
        """To whom how many photos went."""
        return [(one.to, len(one.files)) for one in self.sent if one.files]


class Blind(Platform):
    """A channel that can carry no files."""

    capabilities = Capabilities(private=True)


class Bench:
    """A desk, a platform, a folder, and the two parts of the gateway that files pass through."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk, self.folder = desk, folder
        self.platform = Platform(a=jpeg(10), b=jpeg(90), c=jpeg(170))

    @property
    def fetching(self) -> Fetching:
        return Fetching(self.desk.engine, {"console": self.platform}, self.folder, lambda: self.desk.now)

    def fetch(self) -> None:
        """Until nothing is due."""
        while self.fetching.fetch_round("console"):
            pass

    def deliver(self) -> None:
        self.platform.sent.clear()
        Deliverer(
            self.desk.engine, "owner", {"console": self.platform}.get, lambda: self.desk.now, self.folder
        ).deliver()

    def deliver_again(self) -> None:
        """Once more what the driver of the desk has delivered by itself, without files."""
        with transaction(self.desk.engine) as session:
            session.execute(update(outbox).values(state=OutboxState.PENDING, retry_at=None))
        self.deliver()

    def report(self, *refs: str, text: str = "三号楼电梯坏了", **more: Any) -> Said:
        more = {"category": "elevator", **more}
        return self.desk.says(LI, text, attachments=photos(*refs), **more)

    def rows(self) -> list[StoredFile]:
        with transaction(self.desk.engine) as session:
            return list(session.scalars(select(StoredFile).order_by(StoredFile.id)))  # type: ignore[arg-type]

    def states(self) -> list[str]:
        return [row.state.value for row in self.rows()]

    def on_disk(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*") if path.is_file() and path.name != ".lock")

    def waiting(self) -> list[tuple[str, str | None]]:
        """What the outbox has about photos and files."""
        with transaction(self.desk.engine) as session:
            found = session.scalars(select(OutboxMessage))
            return [(one.template, one.room or one.user) for one in found if one.template in ("photos", "files_named")]


@pytest.fixture
def bench(desk: Desk, tmp_path: Path) -> Bench:
    return Bench(desk, tmp_path / "files")


def photos(*refs: str, kind: str = "photo") -> list[dict[str, Any]]:
    return [{"kind": kind, "name": f"{ref}.jpg", "ref": ref} for ref in refs]


# --- what is fetched


def test_a_photo_of_a_report_is_fetched_cleaned_and_shown_to_its_officer_alone(bench: Bench) -> None:
    bench.report("a")
    assert bench.states() == ["wanted"]
    assert bench.platform.fetched == []  # nothing is fetched in the transaction of the fact
    bench.fetch()
    assert bench.states() == ["kept"]
    (path,) = bench.on_disk()
    assert b"SECRET" in jpeg(10)
    assert b"SECRET" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    bench.deliver()
    assert bench.platform.photos() == [("u-zhang", 1)]
    (said,) = [one for one in bench.platform.sent if one.files]
    assert (said.text, said.room, said.ticket) == ("1号单的照片。", None, "1")
    assert said.files[0].content == path.read_bytes()
    assert said.files[0].name == "1.jpg"


def test_what_was_left_alone_answered_or_a_deed_is_never_fetched(bench: Bench) -> None:
    desk = bench.desk
    desk.says(LI, "今天天气好", Act.CHITCHAT, attachments=photos("a"))
    desk.says(LI, "怎么用", Act.HELP, attachments=photos("a"))
    desk.says(LI, "灯坏了", room="没登记的群", attachments=photos("a"))
    bench.report()
    desk.says(ZHANG, "接单", Act.CLAIM, number=1, attachments=photos("a"))
    bench.fetch()
    assert (bench.rows(), bench.platform.fetched, bench.on_disk()) == ([], [], [])


def test_what_has_no_reference_is_not_wanted(bench: Bench) -> None:
    bench.desk.says(
        LI,
        "灯坏了",
        attachments=[{"kind": "photo", "name": "x"}, {"kind": "photo", "ref": 7}, {"kind": "photo", "ref": ""}],
    )
    assert bench.rows() == []


def test_a_supplement_and_a_second_voice_bring_their_photos(bench: Bench) -> None:
    bench.report("a")
    bench.desk.says(LI, "补一张", Act.SUPPLEMENT, number=1, attachments=photos("b"))
    bench.desk.says(QIAN, "我家也是", Act.SECOND, number=1, attachments=photos("c"))
    bench.fetch()
    assert bench.states() == ["kept"] * 3
    bench.deliver()
    assert bench.platform.photos() == [("u-zhang", 3)]  # what comes together is shown together


def test_photos_of_a_burst_before_and_after_the_report_come_along(bench: Bench) -> None:
    desk = bench.desk
    before = desk.says(LI, "", Act.CHITCHAT, attachments=photos("a"))
    bench.report("b", burst=[before.row])
    after = desk.says(LI, "", Act.SUPPLEMENT, number=1, attachments=photos("c"))
    assert after.outcome == "supplement"
    bench.fetch()
    assert bench.states() == ["kept"] * 3
    assert {row.inbox_id for row in bench.rows()} >= {before.row, after.row}
    facts = [event["facts"] for event in desk.ticket(1)["events"] if event["kind"] == "supplemented"]
    assert all("ref" not in item for one in facts for item in one.get("attachments", []))


def test_asked_twice_nothing_is_wanted_twice(bench: Bench) -> None:
    row = bench.report("a", "b").row
    with transaction(bench.desk.engine) as session:
        assert files.want_files(session, session.get(InboxMessage, row)) == 0
    assert len(bench.rows()) == 2


def test_the_same_photo_again_is_one_content_and_shown_once(bench: Bench) -> None:
    bench.report("a")
    bench.desk.says(LI, "再发一次", Act.SUPPLEMENT, number=1, attachments=photos("a"))
    bench.fetch()
    assert bench.states() == ["kept", "kept"]
    assert len(bench.on_disk()) == 1
    assert len(bench.waiting()) == 1


def test_files_that_are_no_photos_are_kept_as_they_are_and_told_by_name(bench: Bench) -> None:
    bench.platform.contents["d"] = b"%PDF-1.4 ..."
    name = "../../etc/passwd\n\x00合同.pdf" + "长" * 300
    bench.desk.says(LI, "合同在这", attachments=[{"kind": "file", "name": name, "ref": "d"}], kind="consult")
    bench.fetch()
    (path,) = bench.on_disk()
    assert path.read_bytes() == b"%PDF-1.4 ..."
    assert path.parent.parent == bench.folder
    bench.deliver()
    (said,) = [one for one in bench.platform.sent if "文件" in one.text]
    assert (said.to, said.files) == ("u-zhang", ())
    assert "合同.pdf" in said.text
    assert len(said.text.splitlines()) == 1
    assert len(said.text) < 120


def test_a_picture_sent_as_a_file_is_cleaned_as_well(bench: Bench) -> None:
    bench.desk.says(LI, "灯坏了", attachments=photos("a", kind="file"))
    bench.fetch()
    assert b"SECRET" not in bench.on_disk()[0].read_bytes()


# --- what cannot be had


@pytest.mark.parametrize("content", [b"no photo", b"", jpeg()[:200], b"\x89PNG\r\n\x1a\n" + bytes(50)])
def test_what_is_no_photo_is_refused(bench: Bench, content: bytes) -> None:
    bench.platform.contents["a"] = content
    bench.report("a", "b")
    bench.fetch()
    assert bench.states() == ["refused", "kept"]
    assert len(bench.on_disk()) == 1


def test_more_than_20_mb_is_refused_whatever_the_channel_thinks(bench: Bench) -> None:
    bench.platform.contents["a"] = bytes(files.LARGEST + 1)
    bench.desk.says(LI, "灯坏了", attachments=photos("a", kind="video"))
    bench.fetch()
    assert (bench.states(), bench.on_disk()) == (["refused"], [])


def test_what_the_channel_does_not_have_is_gone(bench: Bench) -> None:
    bench.platform.contents["a"] = Permanent()
    bench.report("a")
    bench.fetch()
    (row,) = bench.rows()
    assert (row.state, row.name, row.ref) == (FileState.GONE, "", "")


@pytest.mark.parametrize("error", [Transient(), Uncertain(), OSError("reset"), RuntimeError("the library broke")])
def test_a_fault_is_tried_again_later_and_holds_up_no_other_file(bench: Bench, error: Exception) -> None:
    bench.platform.contents["a"] = error
    bench.report("a", "b")
    bench.fetch()
    assert bench.states() == ["wanted", "kept"]
    bench.platform.contents["a"] = jpeg(9)
    bench.fetch()
    assert bench.states() == ["wanted", "kept"]  # not yet
    bench.desk.now += timedelta(seconds=6)
    bench.fetch()
    assert bench.states() == ["kept", "kept"]


def test_who_asks_for_patience_gets_it(bench: Bench) -> None:
    bench.platform.contents["a"] = Transient(300)
    bench.report("a")
    bench.fetch()
    bench.platform.contents["a"] = jpeg()
    bench.desk.now += timedelta(seconds=290)
    bench.fetch()
    assert bench.states() == ["wanted"]
    bench.desk.now += timedelta(seconds=11)
    bench.fetch()
    assert bench.states() == ["kept"]


def test_after_a_day_it_is_given_up(bench: Bench) -> None:
    bench.platform.contents["a"] = Transient()
    bench.report("a")
    for _ in range(200):
        bench.fetch()
        bench.desk.now += timedelta(minutes=11)
    assert bench.states() == ["gone"]
    assert 100 < len(bench.platform.fetched) < 150


def test_a_channel_that_is_not_here_leaves_its_files_to_another_gateway(bench: Bench) -> None:
    bench.report("a")
    other = Fetching(bench.desk.engine, {"wechat": bench.platform}, bench.folder, lambda: bench.desk.now)
    assert other.fetch_round("wechat") == 0
    assert bench.states() == ["wanted"]


def test_two_gateways_never_fetch_the_same_file(bench: Bench) -> None:
    bench.report("a")
    with transaction(bench.desk.engine) as session:
        assert len(files.take_wanted(session, "console", bench.desk.now)) == 1
    bench.fetch()
    assert bench.platform.fetched == []
    bench.desk.now += files.FETCH_LEASE  # the other one died
    bench.fetch()
    assert bench.states() == ["kept"]


# --- to whom it is shown


def test_who_gets_the_ticket_later_gets_its_photos_with_the_card(bench: Bench) -> None:
    bench.report("a", "b")
    bench.fetch()
    bench.deliver()
    bench.desk.says(WU, "1派给孙玉芬", Act.ASSIGN, number=1, assign_to="孙玉芬", room=STAFF)
    bench.deliver_again()
    assert sorted(bench.platform.photos()) == [(SUN.user, 2), (ZHANG.user, 2)]
    assert [one.template for one in bench.platform.sent if one.to == SUN.user] == ["assigned"]


def test_a_room_never_sees_a_photo(bench: Bench) -> None:
    bench.desk.says(
        LI,
        "没有网格的地方",
        place={"building": "99"},
        category="elevator",
        urgency="emergency",
        attachments=photos("a"),
    )
    bench.fetch()
    bench.deliver_again()
    assert {one.room for one in bench.platform.sent} == {THREE, STAFF}
    assert bench.platform.photos() == []
    assert bench.waiting() == []


def test_a_message_to_a_room_carries_no_photo_even_if_its_facts_name_some(bench: Bench) -> None:
    bench.report("a")
    bench.fetch()
    bench.deliver()
    with transaction(bench.desk.engine) as session:
        ids = [row.id for row in session.scalars(select(StoredFile))]
        session.add(OutboxMessage("k", "console", "help", {"files": ids}, bench.desk.now, room=THREE))
    bench.deliver()
    assert bench.platform.photos() == []
    assert len(bench.platform.sent) == 1


def test_an_officer_is_not_shown_his_own_photo(bench: Bench) -> None:
    bench.report()
    bench.desk.says(ZHANG, "现场这样", Act.SUPPLEMENT, number=1, attachments=photos("a"))
    bench.fetch()
    assert (bench.states(), bench.waiting()) == (["kept"], [])


def test_a_channel_without_files_says_so(bench: Bench) -> None:
    bench.platform = Blind(a=jpeg())
    bench.report("a")
    bench.fetch()
    bench.deliver()
    (said,) = [one for one in bench.platform.sent if "照片" in one.text]
    assert "发不了图" in said.text
    assert said.files == ()


def test_a_photo_of_a_ticket_that_is_over_is_kept_and_nobody_is_disturbed(bench: Bench) -> None:
    bench.report("a")
    bench.desk.says(LI, "不用了", Act.WITHDRAW, number=1)
    bench.fetch()
    assert (bench.states(), bench.waiting()) == (["kept"], [])


def test_killed_after_keeping_and_before_telling_it_is_told_all_the_same(bench: Bench, monkeypatch: Any) -> None:
    bench.report("a")
    monkeypatch.setattr("bot.gateway.fetching.show_files", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        bench.fetching.fetch_round("console")
    monkeypatch.undo()
    assert (bench.states(), bench.waiting()) == (["kept"], [])
    bench.fetch()
    assert bench.waiting() == [("photos", "u-zhang")]


# --- taken away


def test_a_recall_takes_the_photo_off_the_disk(bench: Bench) -> None:
    said = bench.report("a", "b")
    bench.fetch()
    assert len(bench.on_disk()) == 2
    bench.desk.recalls(LI, said.id)
    assert bench.states() == ["gone", "gone"]
    assert len(bench.on_disk()) == 2  # the commit comes first
    assert bench.fetching.tidy() == 2
    assert bench.on_disk() == []
    assert {(row.name, row.ref, row.sha256) for row in bench.rows()} == {("", "", None)}
    assert bench.fetching.tidy() == 0


def test_a_content_that_another_live_message_holds_stays(bench: Bench) -> None:
    first = bench.report("a")
    bench.desk.says(QIAN, "我家也是", Act.SECOND, number=1, attachments=photos("a"))
    bench.fetch()
    bench.desk.recalls(LI, first.id)
    bench.fetching.tidy()
    assert bench.states() == ["gone", "kept"]
    assert len(bench.on_disk()) == 1
    bench.deliver()


def test_what_was_recalled_before_it_was_fetched_is_never_fetched(bench: Bench) -> None:
    said = bench.report("a")
    bench.desk.recalls(LI, said.id)
    bench.fetch()
    assert (bench.platform.fetched, bench.states()) == ([], ["gone"])


def test_what_is_recalled_while_it_is_fetched_does_not_stay(bench: Bench) -> None:
    said = bench.report("a")

    def taken_back() -> bytes:
        bench.desk.recalls(LI, said.id)
        return jpeg()

    bench.platform.contents["a"] = taken_back
    bench.fetch()
    assert (bench.states(), bench.on_disk(), bench.waiting()) == (["gone"], [], [])


def test_a_photo_that_was_recalled_before_its_notice_went_out_is_not_in_it(bench: Bench) -> None:
    said = bench.report("a")
    bench.fetch()
    bench.desk.recalls(LI, said.id)
    bench.fetching.tidy()
    bench.deliver()
    assert bench.platform.photos() == []


def test_forgetting_by_message_and_by_ticket(bench: Bench) -> None:
    first = bench.report("a")
    bench.desk.says(LI, "再补", Act.SUPPLEMENT, number=1, attachments=photos("b"))
    bench.fetch()
    with transaction(bench.desk.engine) as session:
        assert files.forget_files(session, [first.row]) == 1
    assert bench.states() == ["gone", "kept"]
    ticket = bench.rows()[1].ticket_id
    with transaction(bench.desk.engine) as session:
        assert files.forget_files_of_tickets(session, [ticket]) == 1
        assert files.forget_files(session, []) == 0
    assert bench.fetching.tidy() == 2


def test_a_year_after_closing_they_go(bench: Bench) -> None:
    bench.report("a")
    bench.report("b", text="九号楼", place={"building": "9"})
    bench.fetch()
    bench.desk.says(LI, "不用了", Act.WITHDRAW, number=1)
    bench.desk.now += timedelta(days=364)
    bench.fetching.tidy_all()
    assert bench.states() == ["kept", "kept"]
    bench.desk.now += timedelta(days=2)
    bench.fetching.tidy_all()
    assert bench.states() == ["gone", "kept"]  # the open one stays
    assert len(bench.on_disk()) == 1


def test_they_outlive_the_words_of_their_message(bench: Bench) -> None:
    bench.report("a")
    bench.fetch()
    bench.desk.now += timedelta(days=40)
    with transaction(bench.desk.engine) as session:
        keeping.sweep(session, bench.desk.now)
    bench.fetching.tidy_all()
    bench.fetching.tidy()
    assert bench.states() == ["kept"]
    assert len(bench.on_disk()) == 1
    (row,) = bench.rows()
    with transaction(bench.desk.engine) as session:
        assert files.photos_of(session, row.ticket_id) == [row.id]


def test_a_crash_leaves_no_orphan_for_ever(bench: Bench) -> None:
    bench.report("a")
    bench.fetch()
    store = Store(bench.folder)
    store.keep(b"on disk, and its row never came")
    (bench.folder / "ab").mkdir(exist_ok=True)
    (bench.folder / "ab" / f"{'ab' * 32}.new").write_bytes(b"half")
    (bench.folder / "notes.txt").write_text("somebody else's")
    assert len(bench.on_disk()) == 4
    assert bench.fetching.tidy_all() == 1
    assert [path.name for path in bench.on_disk() if len(path.name) != 64] == ["notes.txt"]
    assert len(bench.on_disk()) == 2
    assert bench.fetching.tidy_all() == 0


# --- the threads


def test_the_threads_fetch_and_end(bench: Bench) -> None:
    hung = threading.Event()
    slow = Platform(a=lambda: hung.wait(30) and jpeg())  # type: ignore[arg-type]
    channels = {"wechat": slow, "console": bench.platform, "blind": object()}
    bench.report("a")
    fetching = Fetching(bench.desk.engine, channels, bench.folder, lambda: bench.desk.now)
    fetching.start()
    until = time.monotonic() + 30
    while bench.states() != ["kept"] and time.monotonic() < until:
        time.sleep(0.05)
    fetching.stop()
    hung.set()
    assert bench.states() == ["kept"]


def test_a_broken_round_ends_no_thread(bench: Bench, monkeypatch: Any) -> None:
    monkeypatch.setattr("bot.gateway.fetching.AWAY_SECONDS", 0.01)
    faults = iter([RuntimeError("disk"), OSError("no space left on device")])
    keep = Store.keep

    def failing(self: Store, content: bytes) -> str:
        for fault in faults:
            raise fault
        return keep(self, content)

    monkeypatch.setattr(Store, "keep", failing)
    monkeypatch.setattr(files, "FETCH_LEASE", timedelta(0))
    bench.report("a")
    fetching = Fetching(bench.desk.engine, {"console": bench.platform}, bench.folder, lambda: bench.desk.now)
    fetching.start()
    until = time.monotonic() + 30
    while bench.states() != ["kept"] and time.monotonic() < until:
        time.sleep(0.05)
    fetching.stop()
    assert bench.states() == ["kept"]


# --- the store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "files")
    with store.alone():
        yield store


def test_what_is_kept_is_read_back_and_what_was_changed_is_not(store: Store, tmp_path: Path) -> None:
    name = store.keep(b"content")
    assert store.keep(b"content") == name
    assert store.read(name) == b"content"
    (tmp_path / "files" / name[:2] / name).write_bytes(b"other")
    assert store.read(name) is None
    store.remove(name)
    store.remove(name)
    assert store.read(name) is None


@given(name=st.one_of(st.text(max_size=80), st.just("../" * 20 + "etc/passwd"), st.just("A" * 64)))
def test_a_name_that_is_no_hash_is_no_path(name: str) -> None:
    store = Store(Path("/nonexistent"))
    assert store.read(name) is None
    with pytest.raises(ValueError, match="not a hash"):
        store.remove(name)


def kinds() -> list[Callable[[], Any]]:
    return [lambda: None, lambda: 1, lambda: "", lambda: "a" * 5000, lambda: {"a": 1}, lambda: ["x"], lambda: "\x00\n"]


def test_attachments_of_any_shape_are_wanted_or_not_and_never_break(bench: Bench) -> None:
    row = bench.report().row
    shapes = [{"kind": kind(), "name": name(), "ref": ref()} for kind in kinds() for name in kinds() for ref in kinds()]
    for begin in range(0, len(shapes), 19):
        with transaction(bench.desk.engine) as session:
            said = session.get(InboxMessage, row)
            more = InboxMessage(
                "console", said.scope, f"x{begin}", MessageKind.SAID, said.person_id, said.sent_at, said.received_at,
                ticket_id=said.ticket_id, outcome=Outcome.SUPPLEMENT, attachments=shapes[begin : begin + 19],
            )  # fmt: skip
            session.add(more)
            session.flush()
            files.want_files(session, more)
    bench.fetch()
    assert set(bench.states()) <= {"gone", "refused"}
    with transaction(bench.desk.engine) as session:
        assert session.query(Person).count() > 0


def test_leases_use_the_wall_clock_unless_told() -> None:
    assert wall_clock().tzinfo is not None


# --- through the gateway


def say(gateway: Gateway, message: str, text: str, *refs: str, user: str = LI.user) -> None:
    gateway.take_in(
        Arrival("console", THREE, message, user, LI.name, text, wall_clock(), attachments=tuple(photos(*refs)))
    )
    gateway.turn()


@pytest.mark.slow
def test_photos_with_and_after_a_report_reach_the_officer_through_the_running_gateway(bench: Bench) -> None:
    from helpers_e2e import TableDialogue, parse

    dialogue = TableDialogue(bench.desk.engine, {"三号楼电梯又坏了": parse("report", category="elevator")})
    gateway = Gateway(bench.desk.engine, dialogue, {"console": bench.platform}, 0.82, bench.folder)
    say(gateway, "m0", "看我家的猫", "b", user=QIAN.user)
    say(gateway, "m1", "三号楼电梯又坏了", "a")
    say(gateway, "m2", "", "c")
    running = threading.Thread(target=gateway.run)
    running.start()
    until = time.monotonic() + 60
    while sum(count for _, count in bench.platform.photos()) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    gateway.stop()
    running.join()
    assert {to for to, _ in bench.platform.photos()} == {"u-zhang"}
    assert sorted(bench.platform.fetched) == ["a", "c"]
    assert bench.states() == ["kept", "kept"]
    assert bench.desk.numbers() == [1]
