"""A message account: text in, answer out, from what the release on air says. The core knows no messenger; adapters
speak their protocols."""
