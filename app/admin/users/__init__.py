"""Who is on the staff: the list of users, inviting them, their roles, and letting them go."""
