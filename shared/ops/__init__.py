"""What runs the services: settings, context, commands, logs, metrics, health, supervisor."""
