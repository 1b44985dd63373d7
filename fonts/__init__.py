"""Data: which fonts the channel draws with, where they come from, their licence."""
