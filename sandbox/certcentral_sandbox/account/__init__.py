"""The account: its stored state, and the JSON documents of the API."""
