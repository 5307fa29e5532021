"""Chapter 4: the advance, e-invoices and their clock, interest unasked, a card that refuses."""

import datetime as dt
import io
from decimal import Decimal
from urllib.parse import urlsplit

from services.paiement.gateways.efacture.generation import Identite, Ligne, Modele, ecrire
from services.story.navigateur import Navigateur
from services.story.recit import Recit
from services.story.trame import Trame
from shared.ops import demo

VENDEUR = Identite(demo.PAPETERIE.siret, demo.PAPETERIE.nom)
ACHETEUR = Identite(demo.DEPARTEMENT.siret, demo.DEPARTEMENT.nom)


def raconter(recit: Recit, trame: Trame) -> None:
    """From the advance to the interest of a late payment, and the purchasing card."""
    avancer(recit, trame)
    facturer(recit, trame)
    payer_en_retard(recit, trame)
    suspendre(recit, trame)
    carte(recit, trame)


def avancer(recit: Recit, trame: Trame) -> None:
    recit.etape("L’avance de 5 % est proposée, sans garantie")
    finances = recit.en_tant_que("finances")

    def trouver() -> str:
        page = finances.ouvrir("/paiement/marches")
        return page.lien("Papier A4") if page.contient("Papier A4") else ""

    trame.contrat = urlsplit(recit.attendre("le marché", trouver)).path
    page = finances.ouvrir(trame.contrat)
    recit.fait(
        "2 872,80 € : 5 % de 57 456,00 € TTC, sans garantie",
        page.contient("2 872,80 €", "57 456,00 €", "sans garantie"),
    )
    recit.attendre(
        "les engagements",
        lambda: finances.ouvrir(trame.contrat).contient("47 880,00 €"),
    )
    recit.fait("les cinq commandes sont engagées")


def facture(numero: str, palettes: str, emise_le: str, contrat: str) -> bytes:
    """A CII invoice of the stationer for pallets of paper."""
    return ecrire(
        Modele(
            numero=numero,
            emise_le=dt.date.fromisoformat(emise_le),
            vendeur=VENDEUR,
            acheteur=ACHETEUR,
            lignes=[Ligne("Papier A4 80 g, palette", Decimal(palettes), Decimal("456.00"))],
            contrat=contrat,
            livree_le=dt.date.fromisoformat(emise_le),
        )
    )


def _reference(finances: Navigateur, trame: Trame) -> str:
    return finances.ouvrir(trame.contrat).textes("//main//span[@class='ref']")[0]


def deposer(recit: Recit, nom: str, octets: bytes, statut: int = 200) -> str:
    """Deposit as the supplier; return the address of the invoice, or of the refusal."""
    entreprise = recit.en_tant_que("entreprise")
    page = entreprise.envoyer(
        entreprise.ouvrir("/paiement/factures/deposer"),
        "/deposer",
        fichiers={"fichier": (nom, io.BytesIO(octets), "application/xml")},
        statut=statut,
    )
    return urlsplit(page.url).path if statut == 200 else page.texte


def facturer(recit: Recit, trame: Trame) -> None:
    recit.etape("Une facture EN 16931 arrive : contrôlée, rapprochée, l’horloge part")
    finances = recit.en_tant_que("finances")
    reference = _reference(finances, trame)
    octets = facture("F-2026-0042", "60", "2026-03-02", reference)
    trame.facture = deposer(recit, "F-2026-0042.xml", octets)
    recit.fait(
        "le même fichier redéposé est la même facture",
        deposer(recit, "copie.xml", octets),
        trame.facture,
    )
    faux = facture("F-2026-0041", "60", "2026-03-02", reference)
    rejetee = deposer(recit, "faux.xml", faux.replace(b"32832.00", b"32833.00"))
    page = recit.en_tant_que("entreprise").ouvrir(rejetee)
    recit.fait("un total faux est rejeté avec sa règle", page.contient("Rejetée", "BR-CO-15"))
    hostile = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    recit.fait("un DOCTYPE est refusé", "DOCTYPE" in deposer(recit, "x.xml", hostile, statut=422))
    page = finances.ouvrir(trame.facture)
    recit.fait(
        "32 832,00 € TTC à payer avant le 1er avril 2026",
        page.contient("32 832,00 €", "Échéance légale : 1er avril 2026"),
    )


def payer_en_retard(recit: Recit, trame: Trame) -> None:
    recit.etape("Payée vingt jours trop tard : les intérêts sont dus sans être demandés")
    finances = recit.en_tant_que("finances")
    _gestes(recit, trame.facture, ("service-fait", {"execute_le": "2026-03-02"}))
    recit.le("2026-04-02", "06:00")
    recit.attendre(
        "le constat du retard", lambda: finances.ouvrir(trame.facture).contient("en retard")
    )
    recit.fait("le retard est constaté le lendemain de l’échéance")
    recit.le("2026-04-21")
    _gestes(recit, trame.facture, ("mandater", {}), ("payer", {"payee_le": "2026-04-21"}))
    page = finances.ouvrir(trame.facture)
    recit.fait(
        "20 jours à 10,15 % : 182,60 € d’intérêts, plus 40 €",
        page.contient("182,60 €", "40,00 €", "20 jours", "10,15 %"),
    )
    chez_le_fournisseur = recit.en_tant_que("entreprise").ouvrir("/paiement/mes-factures")
    recit.fait("le fournisseur voit son paiement", chez_le_fournisseur.contient("F-2026-0042"))


def _gestes(recit: Recit, facture: str, *gestes: tuple[str, dict[str, str]]) -> None:
    finances = recit.en_tant_que("finances")
    for nom, champs in gestes:
        finances.envoyer(finances.ouvrir(f"{facture}/{nom}"), f"/{nom}", champs)


def suspendre(recit: Recit, trame: Trame) -> None:
    recit.etape("Une autre facture est suspendue une fois, puis complétée")
    finances = recit.en_tant_que("finances")
    reference = _reference(finances, trame)
    trame.tardive = deposer(
        recit, "F-2026-0043.xml", facture("F-2026-0043", "2", "2026-04-21", reference)
    )
    recit.le("2026-05-01")
    manque = {"motif": "Bon de livraison absent", "pieces": "Bon de livraison signé"}
    _gestes(recit, trame.tardive, ("suspendre", {**manque, "notifiee_le": "2026-05-01"}))
    recit.le("2026-05-11")
    _gestes(recit, trame.tardive, ("completer", {"completee_le": "2026-05-11"}))
    page = finances.ouvrir(trame.tardive)
    recit.fait("un nouveau délai de 30 jours court", page.contient("10 juin 2026"))
    refus = finances.envoyer(
        finances.ouvrir(f"{trame.tardive}/suspendre"),
        "/suspendre",
        {**manque, "notifiee_le": "2026-05-11"},
        statut=409,
    )
    recit.fait("une seconde suspension n’est plus possible", refus.contient("une seule fois"))


def carte(recit: Recit, trame: Trame) -> None:
    recit.etape("La carte d’achat accepte, ou refuse en disant pourquoi")
    finances = recit.en_tant_que("finances")
    chemin = urlsplit(finances.ouvrir("/paiement/cartes").lien("Agent technique")).path
    reference = _reference(finances, trame)
    option = "//select[@name='marche']/option[contains(., $reference)]/@value"
    [avec_avance] = finances.ouvrir(chemin).textes(option, reference=reference)
    essais = (
        (
            "120 € chez un fournisseur référencé : autorisé",
            demo.BUREAU,
            "120,00",
            "",
            "Opération autorisée",
        ),
        ("501 € : refusé", demo.BUREAU, "501,00", "", "PLAFOND_TRANSACTION"),
        (
            "100 € sur un marché qui a une avance : refusé",
            demo.PAPETERIE,
            "100,00",
            avec_avance,
            "MARCHE_EXCLU_AVANCE",
        ),
    )
    for texte, accepteur, montant, marche, attendu in essais:
        page = finances.envoyer(
            finances.ouvrir(chemin),
            "/operations",
            {
                "accepteur_siret": accepteur.siret,
                "accepteur_nom": accepteur.nom,
                "montant": montant,
                "marche": marche,
            },
        )
        [reponse] = page.textes("//section[@id='reponse']")
        recit.fait(f"{texte} ({attendu})", attendu in reponse)
