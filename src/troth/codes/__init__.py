"""The registry of stable codes: one page each, printed by `troth explain CODE`.

Codes are a letter and three digits. The letter says where a code belongs:
P pack file · X expression · W lint warning · E event · M mapping · S scenario · L ledger · Q measure · C command line ·
J objective ·
F finding (something the data say that a reader should know) · O outbound (webhooks and mail) ·
D event logs and files of events · B backtest and plan ·
H the HTTP interface, its keys and its settings · K its client, and the gate before a sender ·
T what records foretell (the probability of a bad experience, truth or speed) ·
N windows that can be promised.

Each module of this package holds one letter's pages in a dictionary `PAGES: dict[str, Page]`.
"""

from __future__ import annotations

from troth.codes._page import Page

__all__ = ["Page"]
