"""The closed vocabularies of the desk. Ids are those of the taxonomy and of the ledger; they never change."""

from __future__ import annotations

from enum import Enum


class Word(str, Enum):
    """An id that is stored and printed as itself."""

    def __str__(self) -> str:
        return str(self.value)


class Act(Word):
    """What a message does; exactly one a message."""

    REPORT = "report"
    SECOND = "second"
    SUPPLEMENT = "supplement"
    CLAIM = "claim"
    RELEASE = "release"
    FINISH = "finish"
    RATE = "rate"
    WITHDRAW = "withdraw"
    URGE = "urge"
    QUERY = "query"
    ASSIGN = "assign"
    ESCALATE = "escalate"
    CORRECT = "correct"
    MANAGE = "manage"
    HELP = "help"
    CHITCHAT = "chitchat"
    ADVERT = "advert"


class Kind(Word):
    """What sort of request a ticket is."""

    COMPLAINT = "complaint"
    SERVICE = "service"
    WISH = "wish"
    CONSULT = "consult"
    SUGGEST = "suggest"
    PRAISE = "praise"


class Category(Word):
    """The matter of a ticket."""

    SANITATION = "sanitation"
    NOISE = "noise"
    PARKING_TRAFFIC = "parking_traffic"
    UTILITIES = "utilities"
    ELEVATOR = "elevator"
    PUBLIC_FACILITY = "public_facility"
    HOUSING_REPAIR = "housing_repair"
    PROPERTY_MANAGEMENT = "property_management"
    ILLEGAL_OCCUPATION = "illegal_occupation"
    FIRE_SAFETY = "fire_safety"
    PUBLIC_SECURITY = "public_security"
    PETS = "pets"
    DISPUTE = "dispute"
    ELDER_CARE = "elder_care"
    HEALTH = "health"
    EDUCATION = "education"
    EMPLOYMENT = "employment"
    DOCUMENTS = "documents"
    CONSUMER = "consumer"
    POLLUTION = "pollution"
    REAL_ESTATE = "real_estate"
    OTHER = "other"


class Urgency(Word):
    """How soon; the terms are in `desk.domain.terms`."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    NORMAL = "normal"

    @property
    def gravity(self) -> int:
        """Greater is graver."""
        return {Urgency.NORMAL: 0, Urgency.URGENT: 1, Urgency.EMERGENCY: 2}[self]


class State(Word):
    """Where a ticket stands."""

    FILED = "filed"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    RESOLVED = "resolved"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


OPEN_STATES = (State.FILED, State.ASSIGNED, State.ACCEPTED)
"""Somebody still has to do something about it."""

OVER_STATES = (State.CLOSED, State.WITHDRAWN, State.MERGED)
"""Nothing is to be done about it any more."""


class EventKind(Word):
    """What can happen to a ticket; the record is append-only."""

    FILED = "filed"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    RELEASED = "released"
    RESOLVED = "resolved"
    RATED = "rated"
    CLOSED = "closed"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    SECONDED = "seconded"
    SUPPLEMENTED = "supplemented"
    URGED = "urged"
    ESCALATED = "escalated"
    CORRECTED = "corrected"
    REMINDED = "reminded"
    OVERDUE = "overdue"
    RECALLED = "recalled"


class Role(Word):
    """What the register says of a member; whoever is not in it is a resident."""

    RESIDENT = "resident"
    VOLUNTEER = "volunteer"
    LEADER = "leader"
    OFFICER = "officer"
    STAFF = "staff"
    DEPARTMENT = "department"


class Purpose(Word):
    """What a room is for."""

    RESIDENTS = "residents"
    VOLUNTEERS = "volunteers"
    STAFF = "staff"


class Listening(Word):
    """Whether the bot hears everything in a room or only what is addressed to it."""

    ALL = "all"
    ADDRESSED = "addressed"


class Standing(Word):
    """What a person is to one ticket; a person can be several."""

    REQUESTER = "requester"
    SUPPORTER = "supporter"
    ASSIGNEE = "assignee"
    ACCOUNTABLE = "accountable"
    GRID_OFFICER = "grid_officer"
    HELPER = "helper"
    ANY_OFFICER = "any_officer"
    LEADER = "leader"
    VOLUNTEER = "volunteer"
    STAFF = "staff"
    ANYBODY = "anybody"


class InboxState(Word):
    """Where an incoming message stands."""

    PENDING = "pending"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"


class OutboxState(Word):
    """Where an outgoing message stands."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    EXPIRED = "expired"
    JOINED = "joined"


class MessageKind(Word):
    """What a channel can tell of a message."""

    SAID = "said"
    EDITED = "edited"
    RECALLED = "recalled"


class Outcome(Word):
    """What became of an incoming message; exactly one each."""

    FILED = "filed"
    ACTED = "acted"
    SUPPLEMENT = "supplement"
    ANSWERED = "answered"
    LEFT_ALONE = "left_alone"
    DUPLICATE = "duplicate"
    FAILED = "failed"
    PENDING = "pending"
