"""The preview: a television in a browser for channel editors."""
