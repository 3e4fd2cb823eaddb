"""Where the desk keeps things: tables, mapping, engine and migrations (SQLite or PostgreSQL)."""
