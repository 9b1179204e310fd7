"""The audit log: who saw or changed what, for administrators to read, filter and take along."""
