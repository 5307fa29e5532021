"""notification: suppliers are told once, all at the same instant; the ops team sees events flow.

Owns     alerts (subscriptions without an account), the message ledger, the event journal.
Emits    notification.message.envoye.v1 (a number of recipients, never an address).
Listens  publication.avis.*, groupement.recensement.ouvert, groupement.achat.attribue,
         groupement.reception.enregistree, paiement.facture.*, and everything for the journal.
"""
