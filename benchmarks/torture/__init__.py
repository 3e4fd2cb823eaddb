"""What is left when the gateway is killed at random, again and again, on a platform that misbehaves as well.

    stream.py     what is said: requests with a place each, and chatter
    peers.py      the three platforms, each through its real protocol (wechat.py, telegram.py, console.py)
    lives.py      the gateway's processes, forked from one that has imported everything (starter.py)
    rasa.py       Rasa's servers, which are killed too; or a light one in their place
    full_disk.py  `PRAGMA max_page_count` in processes of the product, on order from outside
    looking.py    what was in hand when a process died
    run.py        the run itself
    checks.py     what must hold at the end
"""
