"""A full disk on order: while the flag is there, SQLite may not make its file any larger (`PRAGMA max_page_count`).

The limit belongs to a connection and not to the file, so that nobody else can set it: the processes of the product run
with this listener beside them, and what refuses is SQLite itself.

    python -m benchmarks.torture.full_disk FLAG MODULE ARGUMENTS...     `python -m MODULE` with the listener
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

AS_IT_IS, AS_IT_MAY = 1, 2**30
"""Pages; less than there are means no more than there are."""


def obey(flag: Path) -> None:
    """From now on every transaction of this process begins with the limit that the flag says."""

    def limit(connection: Any) -> None:
        cursor = connection.connection.cursor()
        cursor.execute(f"PRAGMA max_page_count={AS_IT_IS if flag.exists() else AS_IT_MAY}")
        cursor.close()

    event.listen(Engine, "begin", limit)


if __name__ == "__main__":
    obey(Path(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
