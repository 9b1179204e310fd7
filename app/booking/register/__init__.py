"""The register of clients: finding them, their personal identity codes, notes about them, merging two into one."""
