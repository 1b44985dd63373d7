"""Reading what came from outside, in processes of its own: bounded in time and memory, and nobody's death but theirs.

``Parser`` is the pool and the only door; ``process`` is one worker as its owner sees it, ``worker`` the program that
runs there, ``tasks`` what it is asked to do.
"""

from feeds.parsing.pool import Parser, shared

__all__ = ["Parser", "shared"]
