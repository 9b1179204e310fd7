"""Group sessions: one meeting of many. A seat is an appointment of its own, with a number in its session (decision 19)."""
