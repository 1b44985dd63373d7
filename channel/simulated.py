"""Where a folder's simulator of sources is found."""

SIMULATOR_ORIGIN = "http://127.0.0.1:8181"
"""Where an example's sources say they are; the variable, in the environment, moves them elsewhere."""
SIMULATOR_VARIABLE = "CHANNEL_SIMULATOR"
