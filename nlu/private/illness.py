"""What somebody suffers from, by the words of illnesses.txt; a ramp, a vaccine or a lecture is nobody's illness."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from nlu.private.skeleton import Skeleton, Span

WORDS = Path(__file__).with_name("illnesses.txt")

_NOBODYS = (
    "(?![的]?(?:疫苗|筛查|预防|防治|防控|科普|宣传|讲座|知识|义诊|专科|门诊|医院|学会|险|人?(?:专用|通道|车位|停车|坡道|设施|厕所|卫生间)"
    "|(?:日(?!子|夜|常))))"
)
_NOT_BEFORE = "(?<![抗防])(?<!预防)(?<!筛查)"


def _words() -> list[str]:
    lines = WORDS.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


_ILL = re.compile(f"{_NOT_BEFORE}(?:{'|'.join(sorted(map(re.escape, _words()), key=len, reverse=True))}){_NOBODYS}")


def find(bones: Skeleton) -> Iterator[Span]:
    """The illnesses and disabilities that a text names."""
    return (bones.span(*found.span(), "illness") for found in _ILL.finditer(bones.plain))
