"""Communication of both front ends with Pulumi's engine. Of the SDK, it imports only the protocol's messages."""
