"""The lobby's device: a local agent and its touch interface. It talks HTTP to the service and imports nothing from it.

Empty until the lobby is built; the place is kept so that the import contract already stands.
"""
