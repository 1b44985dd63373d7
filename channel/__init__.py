"""The channel: records become content, content becomes screens, screens become a release."""
