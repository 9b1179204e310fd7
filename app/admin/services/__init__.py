"""Services: what is booked, for how long, by whom, where, and with which questions."""
