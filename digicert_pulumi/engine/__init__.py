"""What both front ends tell Pulumi's engine, and hear of it. Of the SDK this room takes the protocol's messages alone."""
