"""Pages and payloads to what they say; pure, no network."""
