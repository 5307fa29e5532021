-- A cutting that was applied stays as it was decided; an article is never in a lot that is not.

CREATE TRIGGER decoupage_fige BEFORE UPDATE OR DELETE ON decoupage
  FOR EACH ROW EXECUTE FUNCTION groupement_fige();

CREATE FUNCTION groupement_lots_par_lieu() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM jsonb_each_text(NEW.lots_par_lieu) AS place(lieu, numero)
     WHERE NOT EXISTS (
       SELECT 1 FROM lot WHERE achat_id = NEW.achat_id AND lot.numero = place.numero::bigint
     )
  ) THEN
    RAISE EXCEPTION 'un article est placé dans un lot qui n''existe pas'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'fk_article_lots_par_lieu';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER article_lots_par_lieu AFTER INSERT OR UPDATE ON article
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.lots_par_lieu <> '{}') EXECUTE FUNCTION groupement_lots_par_lieu();

-- Lots stay as they are once the purchase is launched.
CREATE FUNCTION groupement_lots_figes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  concerne uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.achat_id ELSE NEW.achat_id END;
BEGIN
  IF EXISTS (SELECT 1 FROM achat WHERE id = concerne AND lance_le IS NOT NULL) THEN
    RAISE EXCEPTION 'les lots de cet achat sont figés depuis son lancement'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_lot_fige';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER lot_fige BEFORE INSERT OR UPDATE OR DELETE ON lot
  FOR EACH ROW EXECUTE FUNCTION groupement_lots_figes();
CREATE TRIGGER article_fige BEFORE INSERT OR UPDATE OR DELETE ON article
  FOR EACH ROW EXECUTE FUNCTION groupement_lots_figes();
