"""Clients: finding one, the client's page, adding and editing, notes, merging two into one."""
