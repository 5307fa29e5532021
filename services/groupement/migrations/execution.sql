-- Execution: what an order still consumes, what a delivery may bring, who may give what.

CREATE TRIGGER reception_figee BEFORE UPDATE OR DELETE ON reception
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER part_figee BEFORE UPDATE OR DELETE ON part
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER anomalie_figee BEFORE UPDATE OR DELETE ON anomalie
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER liberation_figee BEFORE UPDATE OR DELETE ON liberation
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER livraison_prevue_figee BEFORE UPDATE OR DELETE ON livraison_prevue
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER avenant_fige BEFORE UPDATE OR DELETE ON avenant
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER prix_ligne_fige BEFORE UPDATE OR DELETE ON prix_ligne
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER frais_figes BEFORE UPDATE OR DELETE ON frais
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER part_frais_figee BEFORE UPDATE OR DELETE ON part_frais
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER reponse_substitution_figee BEFORE UPDATE OR DELETE ON reponse_substitution
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER solde_fige BEFORE UPDATE OR DELETE ON solde
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER commande_conservee BEFORE DELETE ON commande
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER quota_conserve BEFORE DELETE ON quota
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER transfert_quota_conserve BEFORE DELETE ON transfert_quota
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();

-- I6: what live orders consume, less what was released from them; always summed, never stored.
CREATE VIEW commande_vivante AS
  SELECT o.id, o.quota_id, q.contrat_ligne_id, q.siret, o.prix_unitaire_ht,
         o.quantite - coalesce((SELECT sum(quantite) FROM liberation WHERE commande_id = o.id), 0)
           AS engage,
         coalesce((SELECT sum(part) FROM part WHERE commande_id = o.id), 0) AS recu
    FROM commande o JOIN quota q ON q.id = o.quota_id
   WHERE o.etat = 'PASSEE';

CREATE OR REPLACE FUNCTION groupement_commande_bornee() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  contrat_id uuid;
  plafond    numeric;
  libere     numeric;
BEGIN
  IF NEW.etat <> 'PASSEE' THEN
    IF EXISTS (SELECT 1 FROM part WHERE commande_id = NEW.id HAVING sum(part) > 0) THEN
      RAISE EXCEPTION 'une commande livrée ne s''annule plus'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_commande_livree';
    END IF;
    RETURN NEW;
  END IF;
  SELECT c.marche_id, c.montant_ht INTO contrat_id, plafond
    FROM quota q
    JOIN contrat_ligne l ON l.id = q.contrat_ligne_id
    JOIN contrat c ON c.marche_id = l.marche_id
   WHERE q.id = NEW.quota_id FOR UPDATE OF c;
  SELECT coalesce(sum(quantite), 0) INTO libere FROM liberation WHERE commande_id = NEW.id;
  IF NEW.quantite - libere + (
       SELECT coalesce(sum(engage), 0) FROM commande_vivante
        WHERE quota_id = NEW.quota_id AND id <> NEW.id
     ) > (SELECT quantite FROM quota WHERE id = NEW.quota_id) THEN
    RAISE EXCEPTION 'la commande dépasse le quota du membre'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_commande_quota';
  END IF;
  IF round((NEW.quantite - libere) * NEW.prix_unitaire_ht + (
       SELECT coalesce(sum(v.engage * v.prix_unitaire_ht), 0) FROM commande_vivante v
         JOIN contrat_ligne l ON l.id = v.contrat_ligne_id
        WHERE l.marche_id = contrat_id AND v.id <> NEW.id
     ), 2) > plafond THEN
    RAISE EXCEPTION 'la commande dépasse le montant maximal du marché'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_commande_plafond';
  END IF;
  RETURN NEW;
END $$;

-- An order is placed at a price that the contract knows: the award's, or an amendment's.
CREATE FUNCTION groupement_prix_connu() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM quota q JOIN contrat_ligne l ON l.id = q.contrat_ligne_id
     WHERE q.id = NEW.quota_id AND l.prix_unitaire_ht = NEW.prix_unitaire_ht
    UNION ALL
    SELECT 1 FROM quota q JOIN prix_ligne p ON p.contrat_ligne_id = q.contrat_ligne_id
     WHERE q.id = NEW.quota_id AND p.prix_unitaire_ht = NEW.prix_unitaire_ht
  ) THEN
    RAISE EXCEPTION 'ce prix n''est pas un prix du marché'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_commande_prix';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER commande_prix BEFORE INSERT ON commande
  FOR EACH ROW EXECUTE FUNCTION groupement_prix_connu();

-- H4: an order never receives nor releases more than it asked, nor less than nothing.
CREATE FUNCTION groupement_commande_equilibree() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM commande_vivante
     WHERE id = NEW.commande_id AND (recu < 0 OR recu > engage)
  ) THEN
    RAISE EXCEPTION 'une commande ne reçoit ni ne libère plus que sa quantité'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_commande_equilibre';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER part_equilibre AFTER INSERT ON part
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION groupement_commande_equilibree();
CREATE CONSTRAINT TRIGGER liberation_equilibre AFTER INSERT ON liberation
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION groupement_commande_equilibree();

-- H4: a delivery note counts once, inside the tolerance on the contract's own quantity; a reverse
-- entry mirrors its delivery part by part; a surplus is given once.
CREATE FUNCTION groupement_reception_recevable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM contrat c JOIN contrat_ligne l ON l.marche_id = c.marche_id
    WHERE l.id = NEW.contrat_ligne_id FOR UPDATE OF c;
  IF NEW.genre <> 'LIVRAISON' THEN
    RETURN NEW;
  END IF;
  IF EXISTS (
    SELECT 1 FROM reception r
     WHERE r.contrat_ligne_id = NEW.contrat_ligne_id AND r.bon_livraison = NEW.bon_livraison
       AND r.genre = 'LIVRAISON'
       AND NOT EXISTS (SELECT 1 FROM reception c
                        WHERE c.origine_id = r.id AND c.genre = 'CONTREPASSATION')
  ) THEN
    RAISE EXCEPTION 'ce bon de livraison est déjà enregistré'
      USING ERRCODE = 'unique_violation', CONSTRAINT = 'uq_reception_bon_livraison';
  END IF;
  IF NEW.quantite + (
       SELECT coalesce(sum(quantite), 0) FROM reception
        WHERE contrat_ligne_id = NEW.contrat_ligne_id
     ) > (SELECT l.quantite * (1 + c.tolerance) FROM contrat_ligne l
            JOIN contrat c ON c.marche_id = l.marche_id WHERE l.id = NEW.contrat_ligne_id) THEN
    RAISE EXCEPTION 'la livraison dépasse la tolérance du marché'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_reception_tolerance';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER reception_recevable BEFORE INSERT ON reception
  FOR EACH ROW EXECUTE FUNCTION groupement_reception_recevable();

CREATE FUNCTION groupement_reception_miroir() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.genre = 'CONTREPASSATION' AND EXISTS (
    SELECT 1 FROM (SELECT commande_id, part FROM part WHERE reception_id = NEW.origine_id) a
      FULL JOIN (SELECT commande_id, part FROM part WHERE reception_id = NEW.id) b
      USING (commande_id)
     WHERE coalesce(a.part, 0) + coalesce(b.part, 0) <> 0
  ) THEN
    RAISE EXCEPTION 'une contre-passation est l''exact inverse de sa livraison'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_reception_miroir';
  END IF;
  IF (SELECT sum(non_affecte) FROM reception WHERE contrat_ligne_id = NEW.contrat_ligne_id) < 0
  THEN
    RAISE EXCEPTION 'un surplus ne s''attribue qu''une fois'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_reception_surplus';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER reception_miroir AFTER INSERT ON reception
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION groupement_reception_miroir();

-- A quota moves by transfers alone, never below what was ordered; together they stay in the line.
CREATE OR REPLACE FUNCTION groupement_quotas_bornes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT sum(quantite) FROM quota WHERE contrat_ligne_id = NEW.contrat_ligne_id)
     > (SELECT quantite FROM contrat_ligne WHERE id = NEW.contrat_ligne_id)
     + (SELECT coalesce(sum(quantite), 0) FROM transfert_quota
         WHERE contrat_ligne_id = NEW.contrat_ligne_id AND genre = 'SURPLUS') THEN
    RAISE EXCEPTION 'les quotas dépassent la ligne du marché'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_quota_ligne';
  END IF;
  IF EXISTS (
    SELECT 1 FROM quota q WHERE q.id = NEW.id AND q.quantite <> q.initiale + (
      SELECT coalesce(sum(CASE WHEN t.vers_siret = q.siret THEN t.quantite ELSE -t.quantite END), 0)
        FROM transfert_quota t
       WHERE t.contrat_ligne_id = q.contrat_ligne_id AND t.etat = 'ACCEPTE'
         AND q.siret IN (t.de_siret, t.vers_siret))
  ) THEN
    RAISE EXCEPTION 'les quotas ne changent que par transfert accepté'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_quota_transferts';
  END IF;
  IF EXISTS (
    SELECT 1 FROM quota q WHERE q.id = NEW.id AND q.quantite < (
      SELECT coalesce(sum(engage), 0) FROM commande_vivante WHERE quota_id = q.id)
  ) THEN
    RAISE EXCEPTION 'un membre ne cède pas ce qu''il a commandé'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_quota_consomme';
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION groupement_transfert_stable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.etat <> 'PROPOSE'
     OR (OLD.contrat_ligne_id, OLD.genre, OLD.de_siret, OLD.vers_siret, OLD.quantite, OLD.motif)
        IS DISTINCT FROM
        (NEW.contrat_ligne_id, NEW.genre, NEW.de_siret, NEW.vers_siret, NEW.quantite, NEW.motif)
  THEN
    RAISE EXCEPTION 'un transfert répondu ne se modifie pas'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_transfert_quota_stable';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER transfert_quota_stable BEFORE UPDATE ON transfert_quota
  FOR EACH ROW EXECUTE FUNCTION groupement_transfert_stable();

-- An accepted transfer and the quotas it moves are one: neither goes without the other.
CREATE FUNCTION groupement_transfert_applique() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.etat = 'ACCEPTE' AND EXISTS (
    SELECT 1 FROM quota q
     WHERE q.contrat_ligne_id = NEW.contrat_ligne_id AND q.siret IN (NEW.de_siret, NEW.vers_siret)
       AND q.quantite <> q.initiale + (
      SELECT coalesce(sum(CASE WHEN t.vers_siret = q.siret THEN t.quantite ELSE -t.quantite END), 0)
        FROM transfert_quota t
       WHERE t.contrat_ligne_id = q.contrat_ligne_id AND t.etat = 'ACCEPTE'
         AND q.siret IN (t.de_siret, t.vers_siret))
  ) THEN
    RAISE EXCEPTION 'un transfert accepté déplace les quotas'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_transfert_quota_applique';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER transfert_quota_applique AFTER INSERT OR UPDATE ON transfert_quota
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION groupement_transfert_applique();

-- H3: amendments follow one another, and the ceiling is the award plus all of them.
CREATE FUNCTION groupement_avenant_suivant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  dernier record;
BEGIN
  SELECT * INTO dernier FROM avenant
   WHERE marche_id = NEW.marche_id ORDER BY numero DESC LIMIT 1;
  IF NEW.numero <> coalesce(dernier.numero, 0) + 1 OR NEW.signe_le < dernier.signe_le THEN
    RAISE EXCEPTION 'un avenant suit le précédent, en numéro et en date'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_avenant_suite';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER avenant_suivant BEFORE INSERT ON avenant
  FOR EACH ROW EXECUTE FUNCTION groupement_avenant_suivant();

CREATE FUNCTION groupement_plafond_exact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM contrat c WHERE c.marche_id = NEW.marche_id AND (
      c.montant_ht <> c.montant_initial_ht + (
        SELECT coalesce(sum(montant_ht), 0) FROM avenant WHERE marche_id = c.marche_id)
      OR c.montant_ht < (
        SELECT round(coalesce(sum(v.engage * v.prix_unitaire_ht), 0), 2) FROM commande_vivante v
          JOIN contrat_ligne l ON l.id = v.contrat_ligne_id WHERE l.marche_id = c.marche_id))
  ) THEN
    RAISE EXCEPTION 'le montant maximal est celui du marché et de ses avenants, et couvre les commandes'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_contrat_plafond';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER contrat_plafond AFTER INSERT OR UPDATE ON contrat
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION groupement_plafond_exact();
CREATE CONSTRAINT TRIGGER avenant_plafond AFTER INSERT ON avenant
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION groupement_plafond_exact();

-- I5: the shares of an amount make the amount.
CREATE FUNCTION groupement_frais_exacts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.montant_ht <> (
    SELECT coalesce(sum(montant_ht), 0) FROM part_frais WHERE frais_id = NEW.id
  ) THEN
    RAISE EXCEPTION 'les parts d''un montant ne font pas ce montant'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_frais_parts';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER frais_parts AFTER INSERT ON frais
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION groupement_frais_exacts();

-- A purchase is settled with a settlement, and once nothing of it is awaited.
CREATE FUNCTION groupement_achat_soldable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.etat = 'SOLDE' AND (
    NOT EXISTS (SELECT 1 FROM solde WHERE achat_id = NEW.id)
    OR EXISTS (
      SELECT 1 FROM commande_vivante v
        JOIN contrat_ligne l ON l.id = v.contrat_ligne_id
        JOIN contrat c ON c.marche_id = l.marche_id
       WHERE c.achat_id = NEW.id AND v.recu < v.engage)
  ) THEN
    RAISE EXCEPTION 'un achat se solde quand toutes ses commandes sont reçues ou closes'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_achat_soldable';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER achat_soldable AFTER UPDATE OF etat ON achat
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION groupement_achat_soldable();

-- Once settled, nothing moves any more: what comes later is a new purchase.
CREATE FUNCTION groupement_achat_solde() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  concerne uuid;
BEGIN
  concerne := CASE TG_TABLE_NAME
    WHEN 'commande' THEN (SELECT contrat_ligne_id FROM quota
                           WHERE id = (to_jsonb(NEW) ->> 'quota_id')::uuid)
    WHEN 'liberation' THEN (SELECT q.contrat_ligne_id FROM commande o JOIN quota q
                              ON q.id = o.quota_id
                             WHERE o.id = (to_jsonb(NEW) ->> 'commande_id')::uuid)
    ELSE (to_jsonb(NEW) ->> 'contrat_ligne_id')::uuid END;
  IF EXISTS (
    SELECT 1 FROM contrat_ligne l JOIN contrat c ON c.marche_id = l.marche_id
      JOIN solde s ON s.achat_id = c.achat_id WHERE l.id = concerne
  ) THEN
    RAISE EXCEPTION 'cet achat est soldé'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_achat_solde';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER commande_achat_solde BEFORE INSERT OR UPDATE ON commande
  FOR EACH ROW EXECUTE FUNCTION groupement_achat_solde();
CREATE TRIGGER liberation_achat_solde BEFORE INSERT ON liberation
  FOR EACH ROW EXECUTE FUNCTION groupement_achat_solde();
CREATE TRIGGER reception_achat_solde BEFORE INSERT ON reception
  FOR EACH ROW EXECUTE FUNCTION groupement_achat_solde();
CREATE TRIGGER transfert_quota_achat_solde BEFORE INSERT OR UPDATE ON transfert_quota
  FOR EACH ROW EXECUTE FUNCTION groupement_achat_solde();
