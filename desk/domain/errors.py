"""What can go wrong at the desk: a code and facts, its sentence lives elsewhere.

DeskError
├── DatabaseAway        not reachable, read-only, full
├── SchemaMismatch      of a newer or older version
├── RegisterInvalid     a register file that cannot be imported
└── RowGone             an inbox row that is not ours (any more)
"""

from __future__ import annotations

from typing import Any


class DeskError(Exception):
    """Base; `code` names the sentence, `facts` fill it."""

    code = "desk"

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code, facts)
        self.facts = facts


class DatabaseAway(DeskError):
    """The database cannot be read or written."""

    code = "database_away"


class SchemaMismatch(DeskError):
    """The database was made by another version of Linli."""

    code = "schema_mismatch"


class RegisterInvalid(DeskError):
    """A register file has errors; `facts["problems"]` lists them with sheet or line."""

    code = "register_invalid"


class RowGone(DeskError):
    """The inbox row is not leased with this token: somebody else has it, or nobody ever had."""

    code = "row_gone"
