"""The purchasing group: convention, purchases, needs, consolidation, quotas, orders, receipts.

Owns: organisations and agents' rights, conventions, their clauses and adhesions, members' plans and
the opportunities found in them, purchases, needs and their history, consolidations and their
composition, quotas, orders, receipts and their shares, amendments, insertion hours, evaluations,
yearly definitions, histories taken over, members' technical accesses.
Emits: `groupement.*` and the answers `membre.*.acceptee|refusee`.
Listens: contracts notified, invoices paid, and what members' own software asks for.
"""
