"""One `linli run` with Telegram and WeChat at once: a real process between two real protocols."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from peers.telegram.driver import wait_until
from telegram_tools import town
from test_run import REPORT, running
from waits import until
from wechat_driver import TOKEN, Gateway

ROOM, STAFF = "40001@chatroom", "40009@chatroom"
LI, LU = "wxid_lijie40", "wxid_lu40"

REGISTER = """\
community: {{code: "220103001001", name: 幸福里社区, timezone: Asia/Shanghai}}
members:
  - {{id: zhang, name: 张伟, role: officer, identities: [{{channel: telegram, user: "{zhang}"}}]}}
  - {{id: lu, name: 卢静, role: staff, identities: [{{channel: wechat, user: {lu}}}]}}
grids:
  - {{code: g1, name: 第一网格, officer: zhang, covers: [{{estate: 幸福里, buildings: 1-12}}]}}
rooms:
  - {{channel: telegram, id: "{room}", purpose: residents, quiet: none, grid: g1}}
  - {{channel: wechat, id: "{other}", purpose: residents, quiet: none, grid: g1}}
  - {{channel: wechat, id: "{staff}", purpose: staff}}
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def wechat(wechat_gateway: Gateway) -> Gateway:
    """A residents' and a staff room, in WeChat."""
    wechat_gateway.person(LI, "云淡风轻")
    wechat_gateway.person(LU, "卢静")
    wechat_gateway.room(ROOM, "幸福里二群", LI)
    wechat_gateway.room(STAFF, "工作群", LU)
    return wechat_gateway


def told(gateway: Gateway, room: str) -> list[dict[str, Any]]:
    return [said for said in gateway.sent() if said["room"] == room]


def test_both_are_heard_and_answered_and_one_goes_on_without_the_other(wechat: Gateway, tmp_path: Path) -> None:
    with town() as here:
        room, zhang = here.world.group("幸福里邻里群"), here.person("张伟")
        zhang.starts()
        residents = [here.person(f"{number}-1-101", last_name="李姐") for number in (3, 5)]
        register = REGISTER.format(zhang=zhang.id, lu=LU, room=room.id, other=ROOM, staff=STAFF)
        (tmp_path / "register.yml").write_text(register, encoding="utf-8")
        settings = {
            "LINLI_TELEGRAM_TOKEN": here.world.token, "LINLI_TELEGRAM_BASE_URL": here.api.base_url,
            "LINLI_WECHAT_ENDPOINT": wechat.endpoint, "LINLI_WECHAT_TOKEN": TOKEN,
        }  # fmt: skip
        with running(tmp_path, "--no-console", stdin=subprocess.DEVNULL, **settings) as run:
            until(lambda: "网关已启动" in run.log)
            residents[0].says(room, REPORT)
            here.wait_said(room, "1号单记下了")

            def heard() -> bool:
                wechat.say(ROOM, LI, REPORT)
                return bool(told(wechat, ROOM))

            wait_until(heard, lambda: run.log)  # WeChat hands on what is said while somebody listens
            assert "记下了" in told(wechat, ROOM)[0]["text"] or "记上了" in told(wechat, ROOM)[0]["text"]

            wechat.freeze()
            try:
                residents[1].says(room, REPORT)
                here.wait_said(room, "号单记下了")
            finally:
                wechat.thaw()
            run.process.terminate()
            assert run.ends() == 0, run.log
        assert here.world.token not in run.log
        assert TOKEN not in run.log
