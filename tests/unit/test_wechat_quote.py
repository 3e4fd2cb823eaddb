"""Quotes of WeChat in every form that gateways hand on, and whatever else somebody may send in their place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wechat_quote import Quote, attributes_in_xml, quote_in_text, quote_in_xml, title_in_xml

RULE = "- - - - - - - - - - - - - - -"

APP = """<?xml version="1.0"?>
<msg><appmsg appid="" sdkver="0"><title>{title}</title><des /><action>view</action><type>{type}</type><showtype>0</showtype>
<refermsg><type>1</type><svrid>{svrid}</svrid><fromusr>20001@chatroom</fromusr><chatusr>wxid_lijie</chatusr>
<displayname>3-2-501 李姐</displayname><content>{content}</content></refermsg></appmsg>
<fromusername>wxid_zhang</fromusername><scene>0</scene></msg>"""


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        (f"「李姐：三号楼电梯坏了」\n{RULE}\n我来", Quote("三号楼电梯坏了", "我来")),
        (f"「李姐:三号楼电梯坏了」\n{RULE}\n我来", Quote("三号楼电梯坏了", "我来")),
        ("「李姐：三号楼电梯坏了」\n———————————————\n我来", Quote("三号楼电梯坏了", "我来")),
        ("「李姐：三号楼电梯坏了」\n-----\n我来", Quote("三号楼电梯坏了", "我来")),
        (f"「李姐：第一行\n第二行」\r\n{RULE}\r\n好\n谢谢", Quote("第一行\n第二行", "好\n谢谢")),
        (f"「3-2-501 李姐：物业电话：12345」\n{RULE}\n打了", Quote("物业电话：12345", "打了")),
        (f"「邻里：1号单记下了：三号楼「东」门」\n{RULE}\n接单", Quote("1号单记下了：三号楼「东」门", "接单")),
        (f"「李姐：{RULE}」\n{RULE}\n我来", Quote(RULE, "我来")),
        (f"「李姐：坏了」\n{RULE}\n", Quote("坏了", "")),
        (f"  「李姐：坏了」  \n\n{RULE}\n我来", Quote("坏了", "我来")),
    ],
)
def test_a_quote_in_text(text: str, quote: Quote) -> None:
    assert quote_in_text(text) == quote


@pytest.mark.parametrize(
    "text",
    [
        "「坏了」", "「李姐：坏了」", "「李姐：坏了」我来", f"李姐：坏了\n{RULE}\n我来", f"「没有冒号」\n{RULE}\n我来", "",
        f"「：坏了」\n{RULE}\n我来", "「李姐：坏了」\n- -\n我来", f"「{'长' * 65}：坏了」\n{RULE}\n我来",
        f"「两行\n名字：坏了」\n{RULE}\n我来", f"「李姐：坏了\n{RULE}\n我来", RULE, f"「\n{RULE}\n", "「」",
    ],
)  # fmt: skip
def test_no_quote_in_text(text: str) -> None:
    assert quote_in_text(text) is None


def test_a_quote_in_xml_names_its_message() -> None:
    said = APP.format(title="我来", type="57", svrid="7077813", content="三号楼电梯坏了")
    assert quote_in_xml(said) == Quote("三号楼电梯坏了", "我来", "7077813")
    assert quote_in_xml(f"wxid_zhang:\n{said}") == Quote("三号楼电梯坏了", "我来", "7077813")


def test_a_quote_of_a_quote_is_about_what_was_said_in_it() -> None:
    inner = "&lt;msg&gt;&lt;appmsg&gt;&lt;title&gt;电梯又停了&lt;/title&gt;&lt;/appmsg&gt;&lt;/msg&gt;"
    assert quote_in_xml(APP.format(title="我来", type="57", svrid="1", content=inner)) == Quote(
        "电梯又停了", "我来", "1"
    )


def test_a_quoted_photo_has_no_words_but_a_name() -> None:
    picture = "&lt;msg&gt;&lt;img aeskey=&quot;0&quot; /&gt;&lt;/msg&gt;"
    assert quote_in_xml(APP.format(title="就是这里", type="57", svrid="9", content=picture)) == Quote(
        "", "就是这里", "9"
    )


BOMB = """<?xml version="1.0"?><!DOCTYPE msg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<msg><appmsg><title>&b;</title><type>57</type><refermsg><content>x</content></refermsg></appmsg></msg>"""


@pytest.mark.parametrize(
    "text",
    [
        "", "<", "我来", "<msg>", "<msg/>", "<msg><appmsg/></msg>", APP.format(title="x", type="5", svrid="1", content="y"),
        "<msg><appmsg><type>57</type></appmsg></msg>", BOMB, "<a>" * 50_000, "<a>" + "x" * 300_000 + "</a>",
        "<msg>\x00</msg>",
    ],
)  # fmt: skip
def test_no_quote_in_xml(text: str) -> None:
    assert quote_in_xml(text) is None


def test_what_is_shown_of_a_card() -> None:
    assert title_in_xml("<msg><appmsg><title> 停水通知 </title></appmsg></msg>") == "停水通知"
    assert title_in_xml("停水通知") == ""
    place = '<?xml version="1.0"?><msg><location x="30.1" y="104.0" label="幸福路8号" poiname="幸福里南门" /></msg>'
    assert attributes_in_xml(place, "location")["poiname"] == "幸福里南门"


PIECES = st.sampled_from(["「", "」", "：", ":", "\n", "- ", RULE, "<", ">", "</", "<msg>", "</msg>", "<appmsg>", "</appmsg>",
                          "<type>57</type>", "<refermsg>", "</refermsg>", "<![CDATA[", "]]>", "<!", "&", "1号单", "我来", "\u2005"])  # fmt: skip


@given(st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=5))).map("".join)))
def test_nothing_breaks_the_parser(text: str) -> None:
    for read in (quote_in_text, quote_in_xml):
        found = read(text)
        assert found is None or isinstance(found.text, str)
    assert isinstance(title_in_xml(text), str)


@given(
    st.text(min_size=1, max_size=30).filter(lambda name: not set(name) & set("：:\n\r") and name.strip()),
    st.text(),
    st.text(),
)
def test_what_gateways_make_is_taken_apart_again(name: str, quoted: str, reply: str) -> None:
    if "\n" in quoted and any(set(line.strip()) <= set("-—–_ ") for line in quoted.split("\n")):
        return  # a rule within what is quoted ends it: nothing tells the two apart
    found = quote_in_text(f"「{name}：{quoted}」\n{RULE}\n{reply}")
    assert found == Quote(quoted.strip(), reply.strip())


def test_a_hostile_text_takes_no_time_that_anybody_notices() -> None:
    for text in (
        "「" * 50_000,
        "「a：" + "」\n" * 50_000,
        "「a：x」\n" + "- " * 50_000 + "x",
        "「a：" + "\n" * 100_000,
    ):
        assert quote_in_text(text) is None
