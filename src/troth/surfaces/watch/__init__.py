"""What the service does, as it does it, in words: from the journal of a ledger, or from a server's feed."""
