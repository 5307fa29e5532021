-- What is planned stays readable, what came from elsewhere stays as it came.

CREATE TRIGGER prevision_conservee BEFORE DELETE ON prevision
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER opportunite_conservee BEFORE DELETE ON opportunite
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER opportunite_prevision_figee BEFORE UPDATE OR DELETE ON opportunite_prevision
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();
CREATE TRIGGER historique_fige BEFORE UPDATE OR DELETE ON historique
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();

-- A decision on an opportunity is taken once.
CREATE FUNCTION groupement_opportunite_decidee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.etat IN ('PROPOSEE', 'ECARTEE') THEN
    RAISE EXCEPTION 'cette opportunité est déjà décidée'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_opportunite_decision';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER opportunite_decidee BEFORE UPDATE ON opportunite
  FOR EACH ROW EXECUTE FUNCTION groupement_opportunite_decidee();
