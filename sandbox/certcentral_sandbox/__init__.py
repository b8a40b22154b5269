"""A CertCentral to run against: the documented Services API v2 over a real state machine, on this machine.

Start it with `python -m certcentral_sandbox` or `certcentral-sandbox`. It is written from
the documented facts alone and shares no code with the client. Where the public record is silent, its answer is
invented and stands in one table, `refusals.INVENTED`.
"""
