"""How near two sentences are: character-trigram Jaccard, and a check over the training data.

    python -m nlu.nearness data/nlu                      near pairs within the training data, and its shares
    python -m nlu.nearness data/nlu --against FILE ...   lines of FILE (JSONL with `text`) near a training line

Exits 1 when a pair is at or over the limit. The measure is the one of Broder's resemblance with w = 3.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from nlu.voices import voices_of

LIMIT = 0.6
"""Two sentences this near or nearer are the same sentence for our purposes."""


class Example(NamedTuple):
    """One training sentence with its labels and the file it stands in."""

    text: str
    act: str
    kind: str | None
    category: str | None
    urgency: str | None
    file: str


class NearPair(NamedTuple):
    """Two sentences and their Jaccard similarity, 0 to 1."""

    similarity: float
    left: str
    right: str


def trigrams(text: str) -> frozenset[str]:
    """Character trigrams of the text without white space; a shorter text is one gram."""
    dense = "".join(text.split())
    if len(dense) < 3:
        return frozenset([dense])
    return frozenset(dense[i : i + 3] for i in range(len(dense) - 2))


def read_training(folder: Path) -> list[Example]:
    """All examples of Rasa's NLU files below the folder."""
    return [example for path in sorted(folder.rglob("*.yml")) for example in _read_file(path)]


def _read_file(path: Path) -> Iterator[Example]:
    document = yaml.load(path.read_bytes(), yaml.CSafeLoader) or {}
    for block in document.get("nlu", []):
        if "intent" not in block:
            continue
        labels = block.get("metadata") or {}
        for line in block["examples"].splitlines():
            if line.strip():
                yield Example(
                    line.strip().removeprefix("-").strip(),
                    block["intent"],
                    labels.get("kind"),
                    labels.get("category"),
                    labels.get("urgency"),
                    path.name,
                )


def near_pairs(texts: Sequence[str], others: Sequence[str] | None = None, limit: float = LIMIT) -> list[NearPair]:
    """Pairs at or over the limit: within `texts`, or of `texts` with `others`. Nearest first."""
    index: dict[str, list[int]] = defaultdict(list)
    grams = [trigrams(text) for text in texts]
    for number, own in enumerate(grams):
        for gram in own:
            index[gram].append(number)
    within = others is None
    probes = grams if within else [trigrams(text) for text in others or []]
    names = texts if others is None else others
    found = []
    for number, own in enumerate(probes):
        shared = Counter(hit for gram in own for hit in index.get(gram, ()))
        for hit, common in shared.items():
            if within and hit >= number:
                continue
            similarity = common / (len(own) + len(grams[hit]) - common)
            if similarity >= limit:
                found.append(NearPair(similarity, names[number], texts[hit]))
    return sorted(found, reverse=True)


def _texts_of(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("{"):
            text = json.loads(line).get("text")
            if text:
                yield text


def _print_shares(examples: Iterable[Example]) -> None:
    examples = list(examples)
    print(f"{len(examples)} sentences")
    for field in ("act", "kind", "category", "urgency"):
        counts = Counter(getattr(e, field) for e in examples if getattr(e, field))
        print(f"{field}: " + ", ".join(f"{name} {count}" for name, count in counts.most_common()))
    voices = Counter(voice for example in examples for voice in voices_of(example.text))
    print("voice: " + ", ".join(f"{name} {count / len(examples):.1%}" for name, count in voices.most_common()))


def main(arguments: Sequence[str] | None = None) -> int:
    """The check as a command; 1 when something is too near."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("training", type=Path)
    parser.add_argument("--against", type=Path, nargs="*", default=[])
    parser.add_argument("--most", type=int, default=40, help="pairs shown at the most")
    options = parser.parse_args(arguments)
    examples = list(_read_file(options.training)) if options.training.is_file() else read_training(options.training)
    texts = [example.text for example in examples]
    if options.against:
        probes = [text for path in options.against for text in _texts_of(path)]
        pairs = near_pairs(texts, probes)
        print(f"{len(probes)} lines against {len(texts)} training sentences")
    else:
        pairs = near_pairs(texts)
        _print_shares(examples)
    for pair in pairs[: options.most]:
        print(f"{pair.similarity:.2f}  {pair.left}  ~  {pair.right}")
    print(f"{len(pairs)} pairs at or over {LIMIT}")
    return 1 if pairs else 0


if __name__ == "__main__":
    sys.exit(main())
