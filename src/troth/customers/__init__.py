"""Customers: who they are to the gate, from their own record, and whether they may be contacted. Pure."""
