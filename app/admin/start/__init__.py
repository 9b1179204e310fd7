"""The first day: what a municipality still needs before a client can book, computed from its rows."""
