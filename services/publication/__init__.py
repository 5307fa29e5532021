"""publication: one window where suppliers see every notice and every purchase to come.

Owns     the forward programme, consultations and lots, notices and their versions, awards.
Emits    publication.programme.*, publication.consultation.creee, publication.avis.*,
         publication.marche.attribue, publication.marche.notifie.
Listens  groupement.achat.cree, groupement.achat.lance, groupement.achat.abandonne.
"""
