"""One module a command; see broadcaster/cli.py for what a command module offers."""
