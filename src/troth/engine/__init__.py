"""TODO-ROOM engine"""
