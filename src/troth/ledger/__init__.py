"""TODO-ROOM ledger"""
