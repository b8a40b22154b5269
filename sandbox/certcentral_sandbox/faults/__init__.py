"""Faults: rules that break answers, and held calls."""
