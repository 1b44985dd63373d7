"""One file a data format; each is a pure function from bytes to records and problems."""
