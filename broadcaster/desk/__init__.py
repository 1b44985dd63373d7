"""The desk: where editors write what the channel says itself, and others let it go on air."""
