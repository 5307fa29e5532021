-- What tables alone cannot say: rows that never go, sums that always hold, ceilings that never break.

CREATE FUNCTION groupement_fige() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'restrict_violation',
    MESSAGE = TG_TABLE_NAME || ' ne se modifie pas : l''historique est conservé';
END $$;

CREATE TRIGGER adhesion_conservee BEFORE DELETE ON adhesion
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER besoin_conserve BEFORE DELETE ON besoin
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER increment_besoin_fige BEFORE UPDATE OR DELETE ON increment_besoin
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER consolidation_figee BEFORE UPDATE OR DELETE ON consolidation
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER ligne_figee BEFORE UPDATE OR DELETE ON ligne
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER composition_figee BEFORE UPDATE OR DELETE ON composition
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();

-- D4: needs change only while the call is open.
CREATE FUNCTION groupement_besoin_ouvert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT etat FROM achat WHERE id = NEW.achat_id) <> 'RECENSEMENT_OUVERT' THEN
    RAISE EXCEPTION 'le recensement de cet achat n''est pas ouvert'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_besoin_recensement_ouvert';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER besoin_ouvert BEFORE INSERT OR UPDATE ON besoin
  FOR EACH ROW EXECUTE FUNCTION groupement_besoin_ouvert();

-- D2a: once launched, nobody comes in nor goes out.
CREATE FUNCTION groupement_perimetre_fige() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  concerne uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.achat_id ELSE NEW.achat_id END;
BEGIN
  IF EXISTS (SELECT 1 FROM achat WHERE id = concerne AND lance_le IS NOT NULL) THEN
    RAISE EXCEPTION 'le périmètre de cet achat est figé depuis son lancement'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_participation_perimetre_fige';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER participation_figee BEFORE INSERT OR UPDATE OR DELETE ON participation
  FOR EACH ROW EXECUTE FUNCTION groupement_perimetre_fige();

-- I1: the needs of a line sum to its quantity.
CREATE FUNCTION groupement_composition_exacte() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.quantite_base <> (
    SELECT coalesce(sum(quantite_base), 0) FROM composition WHERE ligne_id = NEW.id
  ) THEN
    RAISE EXCEPTION 'la composition d''une ligne ne fait pas sa quantité'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_ligne_composition';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ligne_composition AFTER INSERT ON ligne
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION groupement_composition_exacte();

-- I3: quotas never exceed the line they split.
CREATE FUNCTION groupement_quotas_bornes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT sum(quantite) FROM quota WHERE contrat_ligne_id = NEW.contrat_ligne_id)
     > (SELECT quantite FROM contrat_ligne WHERE id = NEW.contrat_ligne_id) THEN
    RAISE EXCEPTION 'les quotas dépassent la ligne du marché'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_quota_ligne';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER quota_ligne AFTER INSERT OR UPDATE ON quota
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION groupement_quotas_bornes();

-- I6, D11: consumption is the sum of live orders, read under the lock of the contract.
CREATE FUNCTION groupement_commande_bornee() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  contrat_id uuid;
  plafond    numeric;
BEGIN
  IF NEW.etat <> 'PASSEE' THEN
    RETURN NEW;
  END IF;
  SELECT c.marche_id, c.montant_ht INTO contrat_id, plafond
    FROM quota q
    JOIN contrat_ligne l ON l.id = q.contrat_ligne_id
    JOIN contrat c ON c.marche_id = l.marche_id
   WHERE q.id = NEW.quota_id FOR UPDATE OF c;
  IF NEW.quantite + (
       SELECT coalesce(sum(quantite), 0) FROM commande
        WHERE quota_id = NEW.quota_id AND etat = 'PASSEE' AND id <> NEW.id
     ) > (SELECT quantite FROM quota WHERE id = NEW.quota_id) THEN
    RAISE EXCEPTION 'la commande dépasse le quota du membre'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_commande_quota';
  END IF;
  IF round(NEW.quantite * NEW.prix_unitaire_ht + (
       SELECT coalesce(sum(o.quantite * o.prix_unitaire_ht), 0) FROM commande o
         JOIN quota q ON q.id = o.quota_id
         JOIN contrat_ligne l ON l.id = q.contrat_ligne_id
        WHERE l.marche_id = contrat_id AND o.etat = 'PASSEE' AND o.id <> NEW.id
     ), 2) > plafond THEN
    RAISE EXCEPTION 'la commande dépasse le montant maximal du marché'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_commande_plafond';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER commande_bornee BEFORE INSERT OR UPDATE ON commande
  FOR EACH ROW EXECUTE FUNCTION groupement_commande_bornee();

-- I4: the shares of a delivery and what nobody asked for make the delivery.
CREATE FUNCTION groupement_reception_exacte() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.quantite <> NEW.non_affecte + (
    SELECT coalesce(sum(part), 0) FROM part WHERE reception_id = NEW.id
  ) THEN
    RAISE EXCEPTION 'les parts d''une livraison ne font pas la livraison'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_reception_parts';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER reception_parts AFTER INSERT ON reception
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION groupement_reception_exacte();
