"""The screen engine: markup -> boxes -> Screens, with measured text and a focus map."""
