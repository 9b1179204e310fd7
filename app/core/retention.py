"""How long personal data is kept. The privacy page tells these figures, and the job *forget* (``jobs.py``) keeps them."""

from __future__ import annotations

from datetime import timedelta

YEAR = timedelta(days=365)
CLIENT_DATA_YEARS = 2
"""After the last contact; also feedback."""
MESSAGE_YEARS = 1
AUDIT_YEARS = 5
