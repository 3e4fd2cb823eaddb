"""Our own components of the Rasa graph."""
