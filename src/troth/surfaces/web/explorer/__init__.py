"""The pack explorer: where a pack lies, what it lets be said, and what a change of it would change."""
