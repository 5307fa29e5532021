"""The purchasing group: convention, purchases, needs, consolidation, quotas, orders, receipts.

Owns: organisations and agents' rights, conventions and adhesions, purchases, needs and their
history, consolidations and their composition, quotas, orders, receipts and their shares, members'
technical accesses.
Emits: `groupement.*` and the answers `membre.*.acceptee|refusee`.
Listens: contracts notified, invoices paid, and what members' own software asks for.
"""
