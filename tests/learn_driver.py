"""Runs commands of a project one after another in one process, because importing Rasa takes longer than any of them.

    python learn_driver.py '[["terminal", ["train"]], ["nobody", ["doctor"]]]'

After what a command printed comes a line, `exit <status>` on stdout and `NEXT` on stderr. With `nobody` standard input is
no terminal.
"""

from __future__ import annotations

import json
import os
import sys

from bot.cli import main

NEXT = "── next ──"


def run() -> None:
    terminal = sys.stdin
    for who, arguments in json.loads(sys.argv[1]):
        sys.argv = ["linli", *arguments]
        with open(os.devnull, encoding="utf-8") as nobody:
            sys.stdin = terminal if who == "terminal" else nobody
            try:
                main()
            except SystemExit as ended:
                print("exit", ended.code, flush=True)
        print(NEXT, file=sys.stderr, flush=True)


if __name__ == "__main__":
    run()
