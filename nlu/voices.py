"""In which voices sentences speak, as far as their words and signs show it; one sentence may speak in several.

A voice is heard by what hardly anybody else would write. Plain modern Chinese without any of it has no voice here, so
the shares are a lower bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from nlu.text import normalise

TERSE, LONG = 6, 60
"""Characters up to which a sentence is terse, and from which it is long."""

_SIGNS = {
    "northeastern": "咋|整[了啊个不的]|贼[拉冷臭吵]|老[鼻吵臭]子|嘎哈|啥玩意|磕碜|埋汰|膈应|寻思|唠嗑|瞅|俺",
    "sichuanese": "啥子|咋个|莫得|晓得|巴适|楼高头|要得|娃儿|哪个|恼火|撒[，。！ ]|嘛子|勒个|搞啥子|不得行",
    "cantonese": "[唔冇嘅咗喺嚟乜嘢佢哋噉啲嗰]|边个|点解|搞掂|系咪|返工",
    "wu": "侬|阿拉|伊拉|勿|格个|辰光|蛮好|今朝|则|啥体|噶",
    "formal": "尊敬的|贵[单局委社]|恳请|敬请|望(?:予|尽快|相关|有关)|有关部门|反映如下|此致|特此|予以|敬礼|据悉|本人",
    "angry": "!{2,}|[?!]{3,}|[😡🤬💢😤]|凭什么|凭啥|什么玩意|太(?:过分|离谱|不像话)|缺德|忍(?:不了|无可忍)",
    "polite": "麻烦|请问|劳驾|谢谢|辛苦|不好意思|拜托|打扰",
    "child": "我妈妈|我爸爸|叔叔阿姨|我作业|老师说|我[0-9一二三四五六七八九十]年级",
    "emoji": "[\U0001f300-\U0001faff\u2600-\u27bf]|\\[[\u4e00-\u9fff]{1,4}\\]",
    "latin": "[A-Za-z]{2,}",
}
_PATTERNS = {voice: re.compile(signs) for voice, signs in _SIGNS.items()}
_STOPS = re.compile(r"[,，。.!！?？、;；:：~～…]")


def voices_of(text: str) -> set[str]:
    """The voices of one sentence."""
    plain = normalise(text)
    found = {voice for voice, signs in _PATTERNS.items() if signs.search(text) or signs.search(plain)}
    return found | set(_by_form(text, plain))


def _by_form(text: str, plain: str) -> Iterable[str]:
    if (
        len(text) == len(plain)
        and sum(a != b and "\u4e00" <= a <= "\u9fff" for a, b in zip(text, plain, strict=True)) >= 2
    ):
        yield "traditional"
    if len(text) <= TERSE:
        yield "terse"
    elif not _STOPS.search(text):
        yield "unpunctuated"
    if len(text) >= LONG:
        yield "long"
