"""What a feed is, and what reading it gives: all that ``channel source try`` tells."""

from feeds.guess.declaring import suggest_id, to_toml
from feeds.guess.formats import Guess, guess
from feeds.guess.trying import Trial, trial

__all__ = ["Guess", "Trial", "guess", "suggest_id", "to_toml", "trial"]
