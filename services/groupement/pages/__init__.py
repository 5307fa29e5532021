"""HTML under `/groupement/`."""
