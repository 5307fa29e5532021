"""What people, events and due dates ask of paiement, one intention per module."""
