"""Rasa's action server: one file a conversation skill, each hands the message to the desk."""
