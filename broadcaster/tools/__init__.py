"""What the command line shows, walks, checks and explains."""
