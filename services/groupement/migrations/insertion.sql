-- Hours never counted twice, marks fixed once told, years fixed once approved.

-- A declaration keeps its facts: only the decision on it is written, and once.
CREATE FUNCTION groupement_heures_figees() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR (OLD.id, OLD.reference, OLD.marche_id, OLD.titulaire_siret, OLD.personne,
      OLD.public, OLD.contrat_travail, OLD.preuve, OLD.preuve_reference, OLD.debut, OLD.fin,
      OLD.heures, OLD.coefficient)
    IS DISTINCT FROM (NEW.id, NEW.reference, NEW.marche_id, NEW.titulaire_siret, NEW.personne,
      NEW.public, NEW.contrat_travail, NEW.preuve, NEW.preuve_reference, NEW.debut, NEW.fin,
      NEW.heures, NEW.coefficient) THEN
    RAISE EXCEPTION USING ERRCODE = 'restrict_violation',
      MESSAGE = 'des heures déclarées ne se modifient pas : annulez-les puis déclarez-les de nouveau';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER heures_insertion_figees BEFORE UPDATE OR DELETE ON heures_insertion
  FOR EACH ROW EXECUTE FUNCTION groupement_heures_figees();

-- The firm of a declaration is the holder of its contract.
CREATE FUNCTION groupement_heures_du_titulaire() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.titulaire_siret <> (SELECT titulaire_siret FROM contrat WHERE marche_id = NEW.marche_id)
  THEN
    RAISE EXCEPTION 'ces heures ne sont pas du titulaire du marché'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_heures_insertion_titulaire';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER heures_insertion_titulaire BEFORE INSERT ON heures_insertion
  FOR EACH ROW EXECUTE FUNCTION groupement_heures_du_titulaire();

-- J1, J2: at the end of each transaction, no hour discharges twice, no contract more than it is
-- owed, none but validated hours, and another contract only of the same firm with both clauses.
CREATE FUNCTION groupement_banque_exacte(la_declaration uuid, le_marche uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM clause_insertion WHERE marche_id = le_marche FOR UPDATE;
  PERFORM 1 FROM heures_insertion WHERE id = la_declaration FOR UPDATE;
  IF EXISTS (
    SELECT 1 FROM heures_insertion h
     WHERE h.id = la_declaration
       AND (SELECT coalesce(sum(a.heures), 0) FROM affectation_heures a
             WHERE a.declaration_id = h.id)
         > CASE WHEN h.etat = 'VALIDEE' THEN h.heures * h.coefficient ELSE 0 END
  ) THEN
    RAISE EXCEPTION 'des heures seraient comptées deux fois'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_affectation_heures_une_fois';
  END IF;
  IF EXISTS (
    SELECT 1 FROM clause_insertion c
     WHERE c.marche_id = le_marche
       AND (SELECT coalesce(sum(a.heures), 0) FROM affectation_heures a
             WHERE a.marche_id = c.marche_id) > c.heures_dues
  ) THEN
    RAISE EXCEPTION 'un marché recevrait plus d''heures qu''il n''en demande'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_affectation_heures_dues';
  END IF;
  IF EXISTS (
    SELECT 1 FROM affectation_heures a
      JOIN heures_insertion h ON h.id = a.declaration_id
      JOIN clause_insertion ici ON ici.marche_id = a.marche_id
      JOIN clause_insertion la ON la.marche_id = h.marche_id
      JOIN contrat c ON c.marche_id = a.marche_id
     WHERE (a.declaration_id = la_declaration OR a.marche_id = le_marche OR h.marche_id = le_marche)
       AND a.marche_id <> h.marche_id
       AND NOT (ici.mutualisable AND la.mutualisable AND c.titulaire_siret = h.titulaire_siret)
  ) THEN
    RAISE EXCEPTION 'ces heures ne peuvent pas servir cet autre marché'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_affectation_heures_mutualisation';
  END IF;
END $$;
CREATE FUNCTION groupement_affectation_verifiee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM groupement_banque_exacte(NEW.declaration_id, NEW.marche_id);
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER affectation_heures_verifiee AFTER INSERT OR UPDATE ON affectation_heures
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION groupement_affectation_verifiee();
CREATE FUNCTION groupement_decision_verifiee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM groupement_banque_exacte(NEW.id, NEW.marche_id);
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER heures_insertion_verifiees AFTER UPDATE ON heures_insertion
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION groupement_decision_verifiee();
CREATE FUNCTION groupement_clause_verifiee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM groupement_banque_exacte(NULL, NEW.marche_id);
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER clause_insertion_verifiee AFTER UPDATE ON clause_insertion
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION groupement_clause_verifiee();

-- K1: marks change only while the evaluation is open; a purchase is settled only when each of its
-- contracts has been evaluated, or its evaluation waived with a reason.
CREATE FUNCTION groupement_avis_ouvert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT etat FROM evaluation WHERE marche_id = coalesce(NEW.marche_id, OLD.marche_id))
     <> 'OUVERTE' THEN
    RAISE EXCEPTION 'cette évaluation n''est plus ouverte'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_avis_evaluation_ouverte';
  END IF;
  RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER avis_evaluation_ouvert BEFORE INSERT OR UPDATE OR DELETE ON avis_evaluation
  FOR EACH ROW EXECUTE FUNCTION groupement_avis_ouvert();
CREATE TRIGGER note_evaluation_ouverte BEFORE INSERT OR UPDATE OR DELETE ON note_evaluation
  FOR EACH ROW EXECUTE FUNCTION groupement_avis_ouvert();
CREATE TRIGGER evaluation_conservee BEFORE DELETE ON evaluation
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();

CREATE FUNCTION groupement_achat_evalue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM contrat c LEFT JOIN evaluation e ON e.marche_id = c.marche_id
     WHERE c.achat_id = NEW.id AND coalesce(e.etat, 'OUVERTE') = 'OUVERTE'
  ) THEN
    RAISE EXCEPTION 'un marché de cet achat n''est ni évalué ni dispensé d''évaluation'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_achat_evalue';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER achat_evalue BEFORE UPDATE ON achat FOR EACH ROW
  WHEN (NEW.etat = 'SOLDE' AND OLD.etat <> 'SOLDE') EXECUTE FUNCTION groupement_achat_evalue();

-- C4: an approved definition stays as it was approved.
CREATE TRIGGER definition_besoins_figee BEFORE UPDATE OR DELETE ON definition_besoins FOR EACH ROW
  WHEN (OLD.etat = 'APPROUVEE') EXECUTE FUNCTION groupement_fige();
