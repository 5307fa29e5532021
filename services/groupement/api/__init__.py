"""JSON under `/groupement/api/v1`."""
