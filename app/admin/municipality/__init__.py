"""The municipality itself: names, languages, colours, contact, and whom its staff ask for help."""
