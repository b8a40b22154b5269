"""One configured process: settings, client, messages, masking."""
