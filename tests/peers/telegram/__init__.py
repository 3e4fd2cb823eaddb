"""A small Bot API server of our own, on loopback: enough of Telegram to be talked to by a bot, with faults on order."""
