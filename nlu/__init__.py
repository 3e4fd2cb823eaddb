"""Understands what residents write: text, place, act. Imports nothing else of ours."""
