"""Reads messages and leads the dialogue: in this process, or over HTTP. The desk does not know that Rasa exists."""
