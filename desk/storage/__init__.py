"""Where the desk keeps things: tables, mapping, engine and migrations (SQLite or PostgreSQL)."""

from desk.storage import belonging_tables as belonging_tables  # part of the metadata, whoever asks for it
from desk.storage import file_tables as file_tables  # whoever has one table has all: `metadata` must be whole
from desk.storage import keeping as keeping
from desk.storage import manners_tables as manners_tables  # part of the metadata, whoever asks for it
