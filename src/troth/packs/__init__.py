"""TODO-ROOM packs"""
