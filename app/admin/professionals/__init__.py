"""Who meets clients: the list of professionals, and what each of them offers."""
