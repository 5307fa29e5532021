-- Certificates of payment are entries: a correction is a new certificate.

CREATE FUNCTION decompte_fige() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'restrict_violation',
    MESSAGE = TG_TABLE_NAME || ' ne se modifie pas : une correction est une nouvelle écriture';
END $$;

CREATE TRIGGER conditions_marche_figees BEFORE UPDATE OR DELETE ON conditions_marche
  FOR EACH ROW EXECUTE FUNCTION decompte_fige();
CREATE TRIGGER sous_traitant_fige BEFORE UPDATE OR DELETE ON sous_traitant
  FOR EACH ROW EXECUTE FUNCTION decompte_fige();
CREATE TRIGGER ligne_decompte_figee BEFORE UPDATE OR DELETE ON ligne_decompte
  FOR EACH ROW EXECUTE FUNCTION decompte_fige();
CREATE TRIGGER part_sous_traitant_figee BEFORE UPDATE OR DELETE ON part_sous_traitant
  FOR EACH ROW EXECUTE FUNCTION decompte_fige();
CREATE TRIGGER passage_decompte_fige BEFORE UPDATE OR DELETE ON passage_decompte
  FOR EACH ROW EXECUTE FUNCTION decompte_fige();
CREATE TRIGGER decompte_conserve BEFORE DELETE ON decompte
  FOR EACH ROW EXECUTE FUNCTION decompte_fige();

-- Of a certificate, the state alone moves.
CREATE FUNCTION decompte_etat_seul() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - 'etat' <> to_jsonb(OLD) - 'etat' THEN
    RAISE EXCEPTION USING ERRCODE = 'restrict_violation',
      MESSAGE = 'un décompte ne se modifie pas : établissez un décompte correctif';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER decompte_fige BEFORE UPDATE ON decompte
  FOR EACH ROW EXECUTE FUNCTION decompte_etat_seul();

-- Figures of a certificate are those of its lines, and direct payments sum to their line.
CREATE FUNCTION decompte_lignes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  lettres text;
  ecrit numeric;
  direct numeric;
BEGIN
  SELECT string_agg(code, '' ORDER BY code), sum(montant) FILTER (WHERE code = 'n')
    INTO lettres, ecrit FROM ligne_decompte WHERE decompte_id = NEW.id;
  SELECT coalesce(sum(montant_ttc), 0) INTO direct
    FROM part_sous_traitant WHERE decompte_id = NEW.id;
  IF lettres IS DISTINCT FROM 'abcdefghijklmn' OR ecrit <> NEW.net
     OR direct <> NEW.sous_traitants_ttc THEN
    RAISE EXCEPTION 'les lignes du décompte ne font pas son net'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_decompte_lignes';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER decompte_lignes AFTER INSERT ON decompte
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION decompte_lignes();
