"""What comes in: events, forms, API calls; and what the API answers."""
