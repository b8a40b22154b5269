"""An emulator of CertCentral: the documented Services API v2 on a real state machine, for local tests.

Start it with `python -m certcentral_sandbox` or `certcentral-sandbox`. It is written from the public documentation only,
and shares no code with the client. Answers that aren't documented are invented, and listed in one table,
`refusals.INVENTED`.
"""
