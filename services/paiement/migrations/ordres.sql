-- An order says for ever what it said when it was issued; its steps are entries.

CREATE TRIGGER passage_ordre_fige BEFORE UPDATE OR DELETE ON passage_ordre
  FOR EACH ROW EXECUTE FUNCTION decompte_fige();
CREATE TRIGGER ordre_service_conserve BEFORE DELETE ON ordre_service
  FOR EACH ROW EXECUTE FUNCTION decompte_fige();

CREATE FUNCTION ordre_service_contenu() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  suivi text[] := ARRAY['etat', 'courriel', 'notifie_le', 'accuse_le', 'presume',
                        'observations_avant'];
BEGIN
  IF to_jsonb(NEW) - suivi <> to_jsonb(OLD) - suivi THEN
    RAISE EXCEPTION USING ERRCODE = 'restrict_violation',
      MESSAGE = 'un ordre de service ne se modifie pas : annulez-le et émettez-en un autre';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER ordre_service_fige BEFORE UPDATE ON ordre_service
  FOR EACH ROW EXECUTE FUNCTION ordre_service_contenu();
