"""The service desk: tickets, people, grids, inbox and outbox. Knows neither Rasa nor a channel."""
