"""What comes in and goes out: events of other services, HTTP."""
