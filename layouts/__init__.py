"""Data: screen markup templates, themes, metrics, icons and the remote's script."""
