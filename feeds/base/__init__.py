"""What every room stands on: errors, the clock, checked TOML. Imports nothing of ours."""
