"""The status page `/s/<token>`: what a customer sees of what they wait on, and what they can do."""
