"""Where the desk keeps things: tables, mapping, engine and migrations (SQLite or PostgreSQL)."""

from desk.storage import belonging_tables as belonging_tables  # part of the metadata, whoever asks for it
