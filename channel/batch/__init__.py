"""Everything of some profiles painted at its own pace: jobs over any executor, near or far."""
