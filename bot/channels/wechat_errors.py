"""What can go wrong between us and a WeChat gateway, by meaning and not by library.

ClientError
├── Away           not there, or gone before it heard us
├── TokenRefused   it does not let us in
├── Unanswered     it heard us, perhaps: no answer within the limit, or the connection ended
├── Busy           it still serves the event stream of a connection that is gone
├── Refused        it answered that this cannot be done
└── TooLarge       a file of more than `LARGEST` bytes
"""

from __future__ import annotations

LARGEST = 20 * 1024 * 1024
"""Bytes of a file that is fetched."""


class ClientError(Exception):
    """Base."""


class Away(ClientError):
    """The gateway is not there."""


class TokenRefused(ClientError):
    """The gateway does not take our token."""


class Unanswered(ClientError):
    """Nobody can say whether the gateway did it."""


class Busy(ClientError):
    """The gateway serves another event stream, mostly that of a connection it does not know to be gone."""


class Refused(ClientError):
    """The gateway or WeChat said no; `status` is the name of the gRPC status."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class TooLarge(ClientError):
    """More than `LARGEST` bytes."""
