"""Telegram: `channel` behind the contract, `updates` reads, `sending` writes, `api` alone knows the library."""

from bot.channels.telegram.channel import TelegramChannel

__all__ = ["TelegramChannel"]
