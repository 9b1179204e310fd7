"""Working time: the weekly editor, exceptions and busy times, one date's hours, copying to colleagues."""
