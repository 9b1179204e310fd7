"""The day: what comes next, who is here, what was agreed, what happened, and what needs somebody."""
