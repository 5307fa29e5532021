-- The life of conventions and memberships: steps that exist, clauses and votes that stay as signed.

CREATE FUNCTION groupement_convention_signee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.etat <> NEW.etat AND (OLD.etat, NEW.etat) NOT IN (
    ('BROUILLON', 'EN_SIGNATURE'),
    ('EN_SIGNATURE', 'EN_VIGUEUR'),
    ('EN_VIGUEUR', 'SUSPENDUE'), ('EN_VIGUEUR', 'RESILIEE'), ('EN_VIGUEUR', 'EXPIREE'),
    ('SUSPENDUE', 'EN_VIGUEUR'), ('SUSPENDUE', 'RESILIEE'), ('SUSPENDUE', 'EXPIREE')
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_convention_transition',
      MESSAGE = 'une convention ' || OLD.etat || ' ne devient pas ' || NEW.etat;
  END IF;
  IF OLD.etat <> 'BROUILLON' AND (OLD.clauses, OLD.nom, OLD.version, OLD.coordonnateur)
     IS DISTINCT FROM (NEW.clauses, NEW.nom, NEW.version, NEW.coordonnateur) THEN
    RAISE EXCEPTION 'les clauses soumises à signature ne changent que par avenant'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_convention_clauses_signees';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER convention_signee BEFORE UPDATE ON convention
  FOR EACH ROW EXECUTE FUNCTION groupement_convention_signee();
CREATE TRIGGER convention_conservee BEFORE DELETE ON convention
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();

-- A stay: its vote, once recorded, and its end, once notified, are history.
CREATE FUNCTION groupement_adhesion_votee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.convention_id, OLD.siret) IS DISTINCT FROM (NEW.convention_id, NEW.siret)
     OR (OLD.effet_le IS NOT NULL AND
         (OLD.deliberation_le, OLD.deliberation_numero, OLD.document, OLD.effet_le)
         IS DISTINCT FROM
         (NEW.deliberation_le, NEW.deliberation_numero, NEW.document, NEW.effet_le))
     OR (OLD.fin_le IS NOT NULL AND
         (OLD.fin_le, OLD.retrait_notifie_le, OLD.retrait_motif)
         IS DISTINCT FROM (NEW.fin_le, NEW.retrait_notifie_le, NEW.retrait_motif)) THEN
    RAISE EXCEPTION 'un séjour ne se réécrit pas : un retrait puis un nouveau séjour le suivent'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_adhesion_historique';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER adhesion_votee BEFORE UPDATE ON adhesion
  FOR EACH ROW EXECUTE FUNCTION groupement_adhesion_votee();

-- D1: a purchase is launched only under a convention in force on that day (Paris time).
CREATE FUNCTION groupement_lancement_executoire() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  jour date := (NEW.lance_le AT TIME ZONE 'Europe/Paris')::date;
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM convention c
     WHERE c.id = NEW.convention_id AND c.etat = 'EN_VIGUEUR'
       AND daterange(c.debut, c.fin) @> jour
  ) THEN
    RAISE EXCEPTION 'la convention n''est pas exécutoire à la date du lancement'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_achat_convention_executoire';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER achat_lancement BEFORE UPDATE OF lance_le ON achat
  FOR EACH ROW WHEN (OLD.lance_le IS NULL AND NEW.lance_le IS NOT NULL)
  EXECUTE FUNCTION groupement_lancement_executoire();
