"""Box profiles: which boxes there are and what each can do, as TOML with ``extends``."""
