"""What a change touches, rendered by whom, placed where, remembered how."""
