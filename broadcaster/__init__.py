"""The composition root: command line, scheduler, origin, preview, bundles."""
