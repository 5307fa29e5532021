"""paiement: the money of contracts, on time.

Owns: buyers and their payment deadline, contracts and advances, commitments (orders), receipts,
invoices with their original files and their history, purchasing cards and their operations, the
legal parameters that an administrator enters.
Emits: paiement.avance.*, paiement.facture.*, paiement.carte.*
Listens to: publication.marche.notifie, groupement.commande.passee and .annulee,
groupement.reception.enregistree.
"""
