"""What the cable operator uses: signed bundles of releases, and the folder that a pull keeps."""
