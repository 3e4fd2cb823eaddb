"""Where the desk keeps things: tables, mapping, engine and migrations (SQLite or PostgreSQL)."""

from desk.storage import keeping as keeping
