"""Group sessions on the staff's pages: arranged, filled with participants, and noted who came."""
