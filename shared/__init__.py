"""The platform's own small library; nothing here knows about purchasing."""
