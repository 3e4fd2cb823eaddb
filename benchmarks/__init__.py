"""How fast and how large: figures for docs/performance.md; nothing here is a test."""
