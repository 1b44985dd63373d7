"""Views select and shape records for a page; the content types are what layouts receive."""
