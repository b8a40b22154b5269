"""A CertCentral to run against: the documented Services API v2 over a real state machine, on this machine.

Start it with `python -m digicert_pulumi.sandbox` or `certcentral-sandbox` (extra `sandbox`). It is written from
the documented facts alone and shares no code with the client. Where the public record is silent, its answer is
invented and stands in one table, `answers.INVENTED`.
"""
