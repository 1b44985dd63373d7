"""What runs: processes kept alive, sources and builds in their time, one leader."""
