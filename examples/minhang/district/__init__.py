"""The invented district behind the example: everything in it follows from a seed and a moment."""
