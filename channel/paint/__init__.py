"""The painters: one Screen as HTML, as a palette bitmap, as a navigation map."""
