"""What is left when the gateway is killed at random, again and again, on a platform that misbehaves as well.

stream.py     what is said: requests with a place each, and chatter
peers.py      the platforms, each through its real protocol; line.py: a connection that can be cut
lives.py      the gateway's processes, forked from one that has imported everything (starter.py)
rasa.py       Rasa's servers, which are killed too; or a light one in their place (table.py)
full_disk.py  `PRAGMA max_page_count` in processes of the product, on order from outside
looking.py    what was in hand when a process died
run.py        the run itself
checks.py     what must hold at the end
"""
