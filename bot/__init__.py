"""Talks with people: channels, gateway, dialogue, texts and the `linli` command."""
