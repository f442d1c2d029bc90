"""The intern's loop: where one stands, what is next, hints, and the way back. No torch is imported here."""
