"""The outside world of paiement: the electronic invoices that others write."""
