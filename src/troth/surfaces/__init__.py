"""TODO-ROOM surfaces"""
