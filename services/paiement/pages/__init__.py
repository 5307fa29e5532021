"""HTML pages of paiement."""
