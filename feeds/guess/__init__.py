"""What a feed is, and what reading it gives: all that ``channel source try`` tells."""

from feeds.guess.columns import Sheet
from feeds.guess.declaring import suggest_id, to_toml
from feeds.guess.formats import Guess, Sight, guess, settled, sight
from feeds.guess.trying import Trial, trial

__all__ = ["Guess", "Sheet", "Sight", "Trial", "guess", "settled", "sight", "suggest_id", "to_toml", "trial"]
