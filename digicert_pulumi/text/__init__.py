"""Texts: foreign ones made fit for a message, and guesses at what was meant."""
