"""JSON API under `/paiement/api/v1`: deposit and follow invoices, authorise card operations."""
