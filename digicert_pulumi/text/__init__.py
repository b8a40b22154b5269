"""Make foreign text printable and safe for spreadsheets; suggest names for unknown ones."""
