"""Storage for more than one machine. A room beside `troth.ledger`, behind the same port."""
