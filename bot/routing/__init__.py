"""Decides what happens to a message: an exact command, a talk with the dialogue, or silence."""
