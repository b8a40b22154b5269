"""HTTP: the routes, the keys, the rate limit and the server."""
