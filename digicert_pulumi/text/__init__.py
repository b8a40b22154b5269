"""Make foreign text printable; suggest the name that was meant."""
