"""The reply grammar: what is exactly a command, and what only looks like one."""

from __future__ import annotations

from typing import Any

import pytest

from bot.routing.grammar import Command, details_of, period_of, rating_of, read_command
from desk.domain.words import Act

# act: texts; a text before " = " names the ticket behind it
PHRASES = {
    "claim": """
        接单|我来|我来吧|我去|我接|接|认领|领|我领|我认领|报到|交给我|包我身上|我可以|算我的|我来办|接了|我愿意|這單我接
        接231 = 231|231接 = 231|接单231 = 231|231接单 = 231|接 231 = 231|231 接 = 231|231号单我来 = 231|我来231号 = 231
        认领12 = 12|12认领 = 12|报到7 = 7|接２３１ = 231|接單231 = 231|231，接单 = 231|231:接单 = 231|接12号单 = 12
        接十二号单 = 12|三号心愿我来 = 3|12号心愿我来 = 12|@小助手 接231 = 231|接单，谢谢师傅|我来！|我来~|【接单】|接单了|#231 接单 = 231""",
    "release": """
        退单|退|退回|去不了|不接了|接不了了|办不了|换个人|放弃|我去不了了|来不了
        退231 = 231|231退 = 231|231退单 = 231|退单231 = 231|去不了了 231 = 231|231号单退回 = 231""",
    "finish": """
        办结|办完了|修好了|已修好|送到了|搞定|搞定了|完成|已完成|处理好了|解决了|弄好了|好了|辦結|通了|来水了|搞掂
        231办结 = 231|办结231 = 231|231号单办结 = 231|231修好了 = 231|231 号 办结 = 231|231搞定了 = 231|办结，231 = 231
        办结了，辛苦了|231办结！！！ = 231|办结吧""",
    "withdraw": """
        撤销|撤单|撤了|撤|不用了|取消|不用来了|不要了|算了|撤單|不需要了
        三号单撤销 = 3|撤销二十一号单 = 21|二三一号单撤销 = 231|一百零五号工单撤了 = 105|撤销231 = 231|231撤销 = 231|231号单撤了 = 231|撤231 = 231|取消231 = 231|231不用了 = 231""",
    "urge": """
        催|催一下|催办|加急|快点|抓紧|再催催|怎么还没来|怎么还没人来|还没人来
        催231 = 231|231催 = 231|231催一下 = 231|催办231 = 231|231怎么还没来 = 231|231加急 = 231""",
    "second": """
        附议|同求|+1|我家也是|同问|我也是|顶|我们家也是|同樣|俺家也是
        附议231 = 231|231附议 = 231|231我家也是 = 231|231同求 = 231""",
    "query": """
        到哪了|到哪一步了|怎么样了|进度|查|什么情况|办好了吗|处理了吗|修好了吗|好了吗
        231到哪了 = 231|到哪了231 = 231|查231 = 231|231进度 = 231|231号单到哪了？ = 231|231修好了吗 = 231|231怎么样了 = 231""",
    "help": "帮助|怎么用|你会什么|你能做什么|help|使用说明",
    "supplement": "补充：是二单元|补充 灯也坏了|231补充 灯也坏了 = 231|补充231，灯也坏了 = 231|补充3号楼的|补充 3 号楼|补充一下，还有三楼",
}

WITH_DETAILS: list[tuple[str, str, int | None, dict[str, Any]]] = [
    ("安静", "manage", None, {"manage": "hush"}),
    ("闭嘴", "manage", None, {"manage": "hush"}),
    ("删除我的信息", "manage", None, {"manage": "erase"}),
    ("把我的信息删了吧", "manage", None, {"manage": "erase"}),
    ("满意", "rate", None, {"rating": 5, "bare": True}),
    ("非常满意", "rate", None, {"rating": 5, "bare": True}),
    ("好评", "rate", None, {"rating": 5, "bare": True}),
    ("赞", "rate", None, {"rating": 5, "bare": True}),
    ("比较满意", "rate", None, {"rating": 4, "bare": True}),
    ("一般", "rate", None, {"rating": 3, "bare": True}),
    ("还行", "rate", None, {"rating": 3, "bare": True}),
    ("不太满意", "rate", None, {"rating": 2, "bare": True}),
    ("不满意", "rate", None, {"rating": 1, "bare": True}),
    ("很不满意", "rate", None, {"rating": 1, "bare": True}),
    ("不滿意", "rate", None, {"rating": 1, "bare": True}),
    ("差评", "rate", None, {"rating": 1, "bare": True}),
    ("5分", "rate", None, {"rating": 5, "bare": True}),
    ("1星", "rate", None, {"rating": 1, "bare": True}),
    ("4分", "rate", None, {"rating": 4, "bare": True}),
    ("满意！谢谢", "rate", None, {"rating": 5, "bare": True}),
    ("231满意", "rate", 231, {"rating": 5, "bare": True}),
    ("满意231", "rate", 231, {"rating": 5, "bare": True}),
    ("231不满意", "rate", 231, {"rating": 1, "bare": True}),
    ("231号单一般", "rate", 231, {"rating": 3, "bare": True}),
    ("231 5分", "rate", 231, {"rating": 5, "bare": True}),
    ("231 2星", "rate", 231, {"rating": 2, "bare": True}),
    ("不满意，水还是漏", "rate", None, {"rating": 1}),
    ("231不满意，灯还是不亮", "rate", 231, {"rating": 1}),
    ("未办结", "query", None, {"listing": "open", "period": "today"}),
    ("没办完的单", "query", None, {"listing": "open", "period": "today"}),
    ("待办", "query", None, {"listing": "open", "period": "today"}),
    ("超时", "query", None, {"listing": "overdue", "period": "today"}),
    ("逾期的单", "query", None, {"listing": "overdue", "period": "today"}),
    ("统计", "query", None, {"listing": "stats", "period": "today"}),
    ("今天统计", "query", None, {"listing": "stats", "period": "today"}),
    ("本周统计", "query", None, {"listing": "stats", "period": "week"}),
    ("这周的数据", "query", None, {"listing": "stats", "period": "week"}),
    ("周报", "query", None, {"listing": "stats", "period": "week"}),
    ("本月汇总", "query", None, {"listing": "stats", "period": "month"}),
    ("二网格未办结", "query", None, {"listing": "open", "period": "today", "of_grid": "二网格"}),
    ("第2网格本周统计", "query", None, {"listing": "stats", "period": "week", "of_grid": "第2网格"}),
    ("我的单", "query", None, {"listing": "mine", "period": "today"}),
    ("我报的", "query", None, {"listing": "mine", "period": "today"}),
    ("231派给孙玉芬", "assign", 231, {"assign_to": "孙玉芬"}),
    ("派231给孙玉芬", "assign", 231, {"assign_to": "孙玉芬"}),
    ("231派给孙玉芬去看看", "assign", 231, {"assign_to": "孙玉芬"}),
    ("转物业处理", "assign", None, {"assign_to": "物业"}),
    ("派给孙玉芬", "assign", None, {"assign_to": "孙玉芬"}),
    ("转派给孙玉芬", "assign", None, {"assign_to": "孙玉芬"}),
    ("231转给物业", "assign", 231, {"assign_to": "物业"}),
    ("231 交给 孙玉芬", "assign", 231, {"assign_to": "孙玉芬"}),
    ("吹哨物业", "escalate", None, {"department": "物业"}),
    ("吹哨231物业", "escalate", 231, {"department": "物业"}),
    ("231吹哨物业", "escalate", 231, {"department": "物业"}),
    ("231上报街道办", "escalate", 231, {"department": "街道办"}),
    ("吹哨给燃气公司", "escalate", None, {"department": "燃气公司"}),
    ("这是投诉", "correct", None, {"kind_to": "complaint"}),
    ("231这是投诉", "correct", 231, {"kind_to": "complaint"}),
    ("这是微心愿", "correct", None, {"kind_to": "wish"}),
    ("应该是咨询", "correct", None, {"kind_to": "consult"}),
    ("231改成建议", "correct", 231, {"kind_to": "suggest"}),
    ("231算噪音", "correct", 231, {"category_to": "noise"}),
    ("这是电梯类", "correct", None, {"category_to": "elevator"}),
    ("不是诉求", "correct", None, {"not_request": True}),
    ("231不是诉求", "correct", 231, {"not_request": True}),
    ("231误报", "correct", 231, {"not_request": True}),
]

TRAPS = """
    231|12号|231号单|1|2026年|13800138000|3号楼|3号楼2单元|三号楼电梯坏了|3-2-501
    接孩子|接电话|接快递|接231路公交|231路|231元|231块钱|接热水管要多少钱|接水
    我来晚了|我来说两句|我来了你没在|我去过了|我去年也这样|我可以进群吗|领导来了|领养一只猫|领工资了
    退休了|退货|退钱|退烧药谁家有|退休金到了
    办结婚证|办结婚证要什么材料|办完事回来了|修好了又坏了|好了伤疤忘了疼|完成率多少|通了两天又堵了
    满意度调查|一般人不行|一般不走那个门|满意不满意都得交钱|赞助商来了|五星红旗|一分钱一分货
    取消航班|撤回一条消息|算了吧算了吧，不说了|算了一下，三百多|不要了的家具放哪|不用了的旧衣服捐哪
    催奶|催债的又来了|催婚|快点快点快点他来了
    同意|我家也是这么装的吗|顶楼漏水|顶不住了|一样的价钱|我也是醉了|附议的人真多
    派对|转账|转发|转让|转给我500块|转给你了
    进度条|查水表|查电费|未办结婚|统计局|数据线|我的单元门坏了|超时空|查一下电费
    这是谁家的狗|这是我的投诉电话吗|算命的|属于你的|改成几点了|我住院了|我住不下去了|安静点行不行
    补丁|补考|安静的夜晚真好啊大家都早点睡觉吧明天见
    谢谢|好的|收到|👍|+|+2|？？？|……||   |😀😀""".replace("\n    ", "|")


def phrases() -> list[tuple[str, str, int | None]]:
    found = []
    for act, block in PHRASES.items():
        for piece in block.replace("\n", "|").split("|"):
            text, _, number = piece.strip().partition(" = ")
            if text:
                found.append((act, text, int(number) if number else None))
    return found


def traps() -> list[str]:
    return list(dict.fromkeys(TRAPS.split("|")))


@pytest.mark.parametrize("act", PHRASES)
def test_a_phrase_is_a_command(act: str) -> None:
    mine = [(text, number) for said, text, number in phrases() if said == act]
    read = [(text, read_command(text)) for text, _ in mine]
    assert [(text, c and (c.act, c.number)) for text, c in read] == [(text, (Act(act), n)) for text, n in mine]


@pytest.mark.parametrize(
    ("said", "word"),
    [("安静", "hush"), ("@邻里 闭嘴！", "hush"), ("可以说话了", "speak"), ("说话吧", "speak"), ("只听@我", "listen_addressed"),
     ("邻里，全听", "listen_all")],
)  # fmt: skip
def test_what_staff_set_about_a_room(said: str, word: str) -> None:
    assert read_command(said) == Command(Act.MANAGE, None, {"manage": word})


@pytest.mark.parametrize("said", ["大家安静", "安静点", "恢复供水了吗", "说话算话", "全听你的", "只听他的", "让他闭嘴"])
def test_what_only_sounds_like_it(said: str) -> None:
    assert read_command(said) is None


def test_a_phrase_with_details() -> None:
    for text, act, number, details in WITH_DETAILS:
        command = read_command(text)
        assert command == Command(Act(act), number, details), text
        assert command.fields == {**details, **({"number": number} if number else {})}, text


def test_what_only_looks_like_one() -> None:
    assert [(text, read_command(text)) for text in traps()] == [(text, None) for text in traps()]


def test_there_are_enough_of_both() -> None:
    assert len(phrases()) + len(WITH_DETAILS) >= 120
    assert len(traps()) >= 60


@pytest.mark.parametrize(
    "text", ["接单" * 50, "满意" + "，真的" * 50, "接" + "1" * 50, "1" * 1000, "\n" * 100_000, "接" * 100_000]
)
def test_nobody_types_a_long_command(text: str) -> None:
    assert read_command(text) is None


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        ("真不满意", 1), ("挺满意的", 5), ("不太满意啊", 2), ("一般吧", 3), ("给5分", 5), ("打个3 颗星", 3), ("没说什么", None),
        ("办得凑合", 3), ("两分吧", 2), ("6分", None),
    ],
)  # fmt: skip
def test_ratings_in_free_words(text: str, rating: int | None) -> None:
    assert rating_of(text) == rating


@pytest.mark.parametrize(
    ("text", "period"), [("这个星期几单", "week"), ("当月", "month"), ("今儿", "today"), ("几单", "today")]
)
def test_periods(text: str, period: str) -> None:
    assert period_of(text) == period


@pytest.mark.parametrize(
    ("act", "text", "details"),
    [
        (Act.CLAIM, "231这单我来办吧", {"number": 231}),
        (Act.FINISH, "231号单弄完了，换了个新的", {"number": 231}),
        (Act.URGE, "第231单怎么还没动静", {"number": 231}),
        (Act.URGE, "3号楼电梯怎么还没人来", {}),
        (Act.URGE, "都等了3天了", {}),
        (Act.URGE, "说好2点来的", {}),
        (Act.REPORT, "231路公交站牌倒了", {}),
        (Act.CHITCHAT, "231号单", {}),
        (Act.QUERY, "今天还有几单没办完", {"listing": "open", "period": "today"}),
        (Act.QUERY, "本周一共多少单", {"listing": "stats", "period": "week"}),
        (Act.QUERY, "我报的修好没有", {"listing": "mine", "period": "today"}),
        (Act.QUERY, "这个月超时的工单有吗", {"listing": "overdue", "period": "month"}),
        (Act.QUERY, "哪几件过期了", {"listing": "overdue", "period": "today"}),
        (Act.QUERY, "二网格没办完的列一下", {"listing": "open", "period": "today", "of_grid": "二网格"}),
        (Act.QUERY, "张伟手里还有几单没办", {"listing": "open", "period": "today", "of_member": "张伟"}),
        (Act.QUERY, "我们手里还有几单没办", {"listing": "open", "period": "today"}),
        (Act.QUERY, "查一下张伟手里没办的单", {"listing": "open", "period": "today", "of_member": "张伟"}),
        (Act.QUERY, "张伟今天手里还有几单", {"listing": "open", "period": "today", "of_member": "张伟"}),
        (Act.QUERY, "现在手里还有几单没办", {"listing": "open", "period": "today"}),
        (Act.QUERY, "张伟手里那个修好没", {}),
        (Act.QUERY, "物业那边怎么还没处理", {}),
        (Act.QUERY, "2网格的井盖还没处理", {}),
        (Act.QUERY, "工单231到哪一步了", {"number": 231}),
        (Act.RATE, "231号单我挺满意的", {"rating": 5, "number": 231}),
        (Act.URGE, "麻烦催一下十一号单", {"number": 11}),
        (Act.URGE, "三号单元催了好几回了", {}),
        (Act.RATE, "说不上来", {"rating": None}),
        (Act.ASSIGN, "231号单派给孙玉芬去看看", {"assign_to": "孙玉芬", "number": 231}),
        (Act.ASSIGN, "换个人吧", {}),
        (Act.ESCALATE, "231号单吹哨燃气公司来处理", {"department": "燃气公司", "number": 231}),
        (Act.ESCALATE, "往上面说", {}),
        (Act.CORRECT, "231号单不算诉求", {"not_request": True, "number": 231}),
        (Act.CORRECT, "我觉得是建议", {"kind_to": "suggest"}),
        (Act.CORRECT, "231号单改成停车", {"category_to": "parking_traffic", "number": 231}),
        (Act.CORRECT, "搞错了", {}),
    ],
)
def test_details_of_free_words(act: Act, text: str, details: dict[str, Any]) -> None:
    assert details_of(act, text) == details
