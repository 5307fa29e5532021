"""Where each EN 16931 term sits in CII and in UBL, as XPath from the document element."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.paiement.domain.efacture import Syntaxe


@dataclass(frozen=True, slots=True)
class PlanPartie:
    """Terms of a party: name, identifiers by order of preference, VAT number."""

    nom: str
    identifiants: tuple[str, ...]
    tva: str


@dataclass(frozen=True, slots=True)
class PlanLigne:
    """Terms of a line, from its own element."""

    designation: str  # BT-153
    article_acheteur: str  # BT-156
    article_vendeur: str  # BT-155
    quantite: str  # BT-129
    prix: str  # BT-146
    prix_pour: str  # BT-149
    montant: str  # BT-131


@dataclass(frozen=True, slots=True)
class Plan:
    """Terms of a document; the `tva_*` paths start from one VAT breakdown."""

    espaces: Mapping[str, str]
    dates_iso: bool
    profil: str  # BT-24
    numero: str  # BT-1
    type_code: str  # BT-3
    emise_le: str  # BT-2
    livree_le: str  # BT-72
    a_payer_avant: str  # BT-9
    devise: str  # BT-5
    total_ht: str  # BT-109
    total_tva: str  # BT-110, in {devise}
    total_ttc: str  # BT-112
    a_payer: str  # BT-115
    tva: str  # BG-23
    tva_categorie: str  # BT-118
    tva_taux: str  # BT-119
    tva_base: str  # BT-116
    tva_montant: str  # BT-117
    vendeur: PlanPartie  # BG-4
    acheteur: PlanPartie  # BG-7
    code_service: str  # BT-10
    reference_contrat: str  # BT-12
    reference_commande: str  # BT-13
    factures_citees: str  # BT-25
    ibans: str  # BT-84
    lignes: str  # BG-25
    ligne: PlanLigne


_UNCEFACT = "urn:un:unece:uncefact:data:standard"
_OASIS = "urn:oasis:names:specification:ubl:schema:xsd"
_ACCORD = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement"
_LIVRAISON = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeDelivery"
_REGLEMENT = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement"
_PRIX_CII = "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice"
_TOTAUX = f"{_REGLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"


def _partie_cii(racine: str) -> PlanPartie:
    return PlanPartie(
        nom=f"{racine}/ram:Name",
        identifiants=(
            f"{racine}/ram:GlobalID",
            f"{racine}/ram:ID",
            f"{racine}/ram:SpecifiedLegalOrganization/ram:ID",
            f"{racine}/ram:URIUniversalCommunication/ram:URIID",
        ),
        tva=f"{racine}/ram:SpecifiedTaxRegistration/ram:ID[@schemeID='VA']",
    )


_CII = Plan(
    espaces={
        "rsm": f"{_UNCEFACT}:CrossIndustryInvoice:100",
        "ram": f"{_UNCEFACT}:ReusableAggregateBusinessInformationEntity:100",
        "udt": f"{_UNCEFACT}:UnqualifiedDataType:100",
    },
    dates_iso=False,
    profil="rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID",
    numero="rsm:ExchangedDocument/ram:ID",
    type_code="rsm:ExchangedDocument/ram:TypeCode",
    emise_le="rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString",
    livree_le=(
        f"{_LIVRAISON}/ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime/udt:DateTimeString"
    ),
    a_payer_avant=(
        f"{_REGLEMENT}/ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime/udt:DateTimeString"
    ),
    devise=f"{_REGLEMENT}/ram:InvoiceCurrencyCode",
    total_ht=f"{_TOTAUX}/ram:TaxBasisTotalAmount",
    total_tva=f"{_TOTAUX}/ram:TaxTotalAmount[not(@currencyID) or @currencyID='{{devise}}']",
    total_ttc=f"{_TOTAUX}/ram:GrandTotalAmount",
    a_payer=f"{_TOTAUX}/ram:DuePayableAmount",
    tva=f"{_REGLEMENT}/ram:ApplicableTradeTax",
    tva_categorie="ram:CategoryCode",
    tva_taux="ram:RateApplicablePercent",
    tva_base="ram:BasisAmount",
    tva_montant="ram:CalculatedAmount",
    vendeur=_partie_cii(f"{_ACCORD}/ram:SellerTradeParty"),
    acheteur=_partie_cii(f"{_ACCORD}/ram:BuyerTradeParty"),
    code_service=f"{_ACCORD}/ram:BuyerReference",
    reference_contrat=f"{_ACCORD}/ram:ContractReferencedDocument/ram:IssuerAssignedID",
    reference_commande=f"{_ACCORD}/ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID",
    factures_citees=f"{_REGLEMENT}/ram:InvoiceReferencedDocument/ram:IssuerAssignedID",
    ibans=(
        f"{_REGLEMENT}/ram:SpecifiedTradeSettlementPaymentMeans"
        "/ram:PayeePartyCreditorFinancialAccount/ram:IBANID"
    ),
    lignes="rsm:SupplyChainTradeTransaction/ram:IncludedSupplyChainTradeLineItem",
    ligne=PlanLigne(
        designation="ram:SpecifiedTradeProduct/ram:Name",
        article_acheteur="ram:SpecifiedTradeProduct/ram:BuyerAssignedID",
        article_vendeur="ram:SpecifiedTradeProduct/ram:SellerAssignedID",
        quantite="ram:SpecifiedLineTradeDelivery/ram:BilledQuantity",
        prix=f"{_PRIX_CII}/ram:ChargeAmount",
        prix_pour=f"{_PRIX_CII}/ram:BasisQuantity",
        montant=(
            "ram:SpecifiedLineTradeSettlement"
            "/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"
        ),
    ),
)


def _partie_ubl(racine: str) -> PlanPartie:
    return PlanPartie(
        nom=f"{racine}/cac:PartyLegalEntity/cbc:RegistrationName",
        identifiants=(
            f"{racine}/cac:PartyIdentification/cbc:ID",
            f"{racine}/cac:PartyLegalEntity/cbc:CompanyID",
            f"{racine}/cbc:EndpointID",
        ),
        tva=f"{racine}/cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='VAT']/cbc:CompanyID",
    )


_UBL_FACTURE = Plan(
    espaces={
        "cac": f"{_OASIS}:CommonAggregateComponents-2",
        "cbc": f"{_OASIS}:CommonBasicComponents-2",
    },
    dates_iso=True,
    profil="cbc:CustomizationID",
    numero="cbc:ID",
    type_code="cbc:InvoiceTypeCode",
    emise_le="cbc:IssueDate",
    livree_le="cac:Delivery/cbc:ActualDeliveryDate",
    a_payer_avant="cbc:DueDate",
    devise="cbc:DocumentCurrencyCode",
    total_ht="cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount",
    total_tva="cac:TaxTotal/cbc:TaxAmount[@currencyID='{devise}']",
    total_ttc="cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount",
    a_payer="cac:LegalMonetaryTotal/cbc:PayableAmount",
    tva="cac:TaxTotal/cac:TaxSubtotal",
    tva_categorie="cac:TaxCategory/cbc:ID",
    tva_taux="cac:TaxCategory/cbc:Percent",
    tva_base="cbc:TaxableAmount",
    tva_montant="cbc:TaxAmount",
    vendeur=_partie_ubl("cac:AccountingSupplierParty/cac:Party"),
    acheteur=_partie_ubl("cac:AccountingCustomerParty/cac:Party"),
    code_service="cbc:BuyerReference",
    reference_contrat="cac:ContractDocumentReference/cbc:ID",
    reference_commande="cac:OrderReference/cbc:ID",
    factures_citees="cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID",
    ibans="cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID",
    lignes="cac:InvoiceLine",
    ligne=PlanLigne(
        designation="cac:Item/cbc:Name",
        article_acheteur="cac:Item/cac:BuyersItemIdentification/cbc:ID",
        article_vendeur="cac:Item/cac:SellersItemIdentification/cbc:ID",
        quantite="cbc:InvoicedQuantity|cbc:CreditedQuantity",
        prix="cac:Price/cbc:PriceAmount",
        prix_pour="cac:Price/cbc:BaseQuantity",
        montant="cbc:LineExtensionAmount",
    ),
)

PLANS: Mapping[Syntaxe, Plan] = {
    Syntaxe.CII: _CII,
    Syntaxe.UBL_FACTURE: _UBL_FACTURE,
    Syntaxe.UBL_AVOIR: replace(
        _UBL_FACTURE,
        type_code="cbc:CreditNoteTypeCode",
        a_payer_avant="cac:PaymentMeans/cbc:PaymentDueDate",
        lignes="cac:CreditNoteLine",
    ),
}
