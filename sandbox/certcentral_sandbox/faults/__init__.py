"""Faults: the rules that break answers, and calls that are held."""
