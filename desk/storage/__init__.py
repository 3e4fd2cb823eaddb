"""Where the desk keeps things: tables, mapping, engine and migrations (SQLite or PostgreSQL)."""

from desk.storage import file_tables as file_tables  # whoever has one table has all: `metadata` must be whole
