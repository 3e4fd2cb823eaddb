"""Telegram: `channel` behind the contract, `updates` reads, `sending` writes, `api` alone knows the library."""

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.settings import TelegramSettings, read_telegram_settings

__all__ = ["TelegramChannel", "TelegramSettings", "read_telegram_settings"]
