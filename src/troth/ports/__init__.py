"""TODO-ROOM ports"""
