"""The one way onto the network and into the channel's folder, and what it refuses."""
