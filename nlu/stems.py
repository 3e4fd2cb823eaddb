"""The name before a noun of a place: 翠湖 of 翠湖花园, 万达 of 万达广场."""

from __future__ import annotations

import re

EDGE = 8
"""Characters looked back for the beginning of a name, or for a reason to doubt."""

_STOP = re.compile(  # no name reaches over one of these
    "[^\u4e00-\u9fff]|[我你他她它们这那哪的了着过是在有很没不也还就把被给让请问吗吧呢啊住咱您某跟从到去往于市县镇乡号由但却又再先]"
    "|街道?|(?<!铁)路|向(?!阳)|区|(?:今|昨|明|前|每)[天晚早]|最近|目前|现在|[早晚]上|[上中下]午|凌晨|大家|各位|邻居|业主|怎么|什么|关于|投诉|举报|反映|建议"
    "|希望|感谢|附近|对面|旁边|隔壁|楼[下上]|门口|物业|社区|本人|居民|人员|领导|您好|你好|尊敬|地址|由于|因为|整个|全部|一下|一个"
    "|(?<![祥仁泰嘉融瑞雍颐永义清])和(?![谐平顺美睦泰兴风])|与|及|师傅|来(?![福])|都(?![市])|进入|打扫|修剪|整理|参观|听[讲说]|建设|装修|购买|出租|入住|爱护|守护|喜欢"
)


def stem_before(text: str, end: int) -> str:
    """What stands before a suffix back to a word that no name holds."""
    window = text[max(0, end - EDGE) : end]
    return _STOP.split(window)[-1]
