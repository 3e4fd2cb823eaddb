"""What the desk is about, in plain Python: words, places, the state table. Imports the standard library only."""
