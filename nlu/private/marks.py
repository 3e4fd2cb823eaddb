"""What is somebody's by its form or by the word before it: plates, accounts, mail, papers, positions, passwords.

Repeats are bounded, so that a text of a hundred thousand characters takes a thousand times one of a hundred.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlu.private.skeleton import Skeleton, Span

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_DOT = r"[\s·.•・\-]{0,2}"
_IS = r"(?:号码?|编号|账号|帐号|ID|后[四六46]位|尾号|改?成|是|为|[:=\s]){0,4}"
_PAPERS = (
    "身份证|社保卡?|社会保障卡?|医保卡?|公积金|护照|通行证|台胞证|回乡证|驾驶证|驾照|行驶证|残疾人?证|军官证|士兵证|居住证|学籍号|准考证"
    "|病历号|住院号|就诊卡|保单|户口[簿本]?|老年证|房产证|结婚证|银行卡|卡号|短号|虚拟号"
)
_APPS = "支付宝|抖音|快手|小红书|微博|淘宝|闲鱼|账号|帐号|用户名"

_ON_PLAIN = (
    (
        "mail",
        r"[A-Z0-9][A-Z0-9._%+\-]{0,63}\s{0,2}(?:@|\(AT\)|\[AT\]|艾特)\s{0,2}[A-Z0-9\-]{1,63}"
        r"(?:\s?(?:\.|点|\(DOT\))\s?[A-Z0-9\-]{1,63}){1,4}",
    ),
    ("account", r"WXID_[A-Z0-9]{4,32}"),
    ("account", rf"(?:微信号|威信号|薇信号|微信ID|WECHAT ?ID|VX号?|WX号?){_IS}[A-Z][A-Z0-9_\-]{{5,19}}"),
    (
        "account",
        rf"(?:微信|威信|薇信|V信|VX|WX|WECHAT|[加+]我?V|(?<![A-Z])TG|TELEGRAM|电报){_IS}"
        r"@?(?=[A-Z_\-]{0,19}[0-9_\-])[A-Z][A-Z0-9_\-]{4,31}",
    ),
    ("account", rf"(?:{_APPS}){_IS}(?=[A-Z._\-]{{0,31}}[0-9])[A-Z0-9][A-Z0-9_.\-]{{4,31}}"),
    ("paper", r"(?<![A-Z0-9])[A-Z]{1,2}\d{6}\s?\([0-9A]\)"),
    ("paper", r"[军武空海]字第?[\s]?\d{5,9}号?"),
    ("position", r"\d{1,3}\.\d{4,20}[\s,，/、]{1,3}\d{1,3}\.\d{4,20}"),
    ("position", r"[东西南北][经纬][:\s]{0,2}\d{1,3}[.°度]\s?\d{1,20}(?:['′分]\s?\d{1,2}(?:\.\d{1,9})?[\"″秒]?)?"),
    ("position", r"[经纬]度[:为是\s]{0,3}\d{1,3}\.\d{3,20}"),
    ("position", r"\d{1,3}°\s?\d{1,2}['′]\s?\d{1,2}(?:\.\d{1,9})?[\"″]?\s?[NSEW]?"),
    ("position", r"(?<![A-Z])[NSEW]\s?\d{1,3}\.\d{4,20}"),
)
_ON_DIGITS = (
    (
        "plate",
        rf"(?:WJ{_DOT})?[{_PROVINCES}]{_DOT}[A-Z]{_DOT}(?=(?:[A-Z]{_DOT}){{0,4}}[0-9])"
        rf"(?:[A-Z0-9]{_DOT}){{4,5}}(?:[A-Z0-9]|[学警港澳挂使领试超])",
    ),
    ("plate", rf"(?:WJ{_DOT}[{_PROVINCES}]?{_DOT}\d{{4,5}}|[使领]\d{{3}}[\s·]?\d{{3}}|\d{{6}}[使领](?!用))"),
    ("plate", r"车牌号?(?:码|是|为|[:\s]){0,4}(?=[A-Z· ]{0,6}[0-9])[A-Z][A-Z0-9· ]{4,7}"),
    ("account", r"(?:QQ|扣扣|企鹅|球球)(?:群|号码?|是|为|[:\s]){0,5}[1-9](?:[\s\-]?\d){4,10}"),
    ("paper", rf"(?:{_PAPERS}){_IS}[A-Z]{{0,3}}\d(?:[\s\-]?[0-9X]){{3,30}}(?![0-9]|\s?[年月日天元次个块])"),
    (
        "secret",
        r"(?:密码|口令|验证码|取件码|提货码|取货码|开门码|暗号)"
        r"(?:(?:改?成|是|为|[:=\s]){1,4}|(?=[A-Z]{0,20}\d))[A-Z0-9](?:[\s\-]?[A-Z0-9@#!]){3,31}",
    ),
    (
        "birth",
        r"(?:出生(?:日期|年月日?|于)?|生日|生于)[是为在:\s]{0,3}(?:19|20)?\d\d[年./\-]\s?\d{1,2}(?:[月./\-]\s?\d{1,2}[日号]?|月)?",
    ),
)
_PLAIN = [(kind, re.compile(pattern)) for kind, pattern in _ON_PLAIN]
_DIGITS = [(kind, re.compile(pattern)) for kind, pattern in _ON_DIGITS]
_MAYBE = re.compile(r"[A-Z0-9]{2}|[0-9][^A-Z0-9][0-9A-Z]|[A-Z][^A-Z0-9][0-9A-Z]")
"""Every pattern has two letters or digits, beside each other or almost; most lines have none."""


def find(bones: Skeleton) -> Iterator[Span]:
    """The private marks of a text."""
    if not _MAYBE.search(bones.digits):
        return
    for text, patterns in ((bones.plain, _PLAIN), (bones.digits, _DIGITS)):
        for kind, pattern in patterns:
            for found in pattern.finditer(text):
                yield bones.span(*found.span(), kind)
