"""The departments of an invented port city: what they write, at any moment."""
