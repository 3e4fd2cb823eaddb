"""Rasa's action server: one file a conversation skill, each hands the message to the desk.

The server of rasa-sdk listens on every address unless SANIC_HOST says otherwise. It asks nobody who he is, so here
the loopback is the default.
"""

import os

os.environ.setdefault("SANIC_HOST", "127.0.0.1")
