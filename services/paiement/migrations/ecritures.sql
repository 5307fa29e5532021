-- The ledger: what is written stays, and every movement sums to zero when its transaction ends.

CREATE FUNCTION paiement_fige() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'restrict_violation',
    MESSAGE = TG_TABLE_NAME || ' ne se modifie pas : contre-passez avec un motif';
END $$;

CREATE TRIGGER mouvement_fige BEFORE UPDATE OR DELETE ON mouvement
  FOR EACH ROW EXECUTE FUNCTION paiement_fige();
CREATE TRIGGER ecriture_figee BEFORE UPDATE OR DELETE ON ecriture
  FOR EACH ROW EXECUTE FUNCTION paiement_fige();
CREATE TRIGGER controle_comptes_fige BEFORE UPDATE OR DELETE ON controle_comptes
  FOR EACH ROW EXECUTE FUNCTION paiement_fige();

CREATE FUNCTION paiement_mouvement_equilibre() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT sum(montant) FROM ecriture WHERE mouvement_id = NEW.mouvement_id) <> 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_mouvement_equilibre',
      MESSAGE = 'le mouvement ' || NEW.mouvement_id || ' n''est pas équilibré';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER mouvement_equilibre AFTER INSERT ON ecriture
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION paiement_mouvement_equilibre();

-- Open data: what was published, and the subcontracts declared, stay as they are.
CREATE TRIGGER decp_version_figee BEFORE UPDATE OR DELETE ON decp_version
  FOR EACH ROW EXECUTE FUNCTION paiement_fige();
CREATE TRIGGER decp_acte_fige BEFORE UPDATE OR DELETE ON decp_acte
  FOR EACH ROW EXECUTE FUNCTION paiement_fige();

-- A batch sent to the finance software stays what it was.
CREATE TRIGGER lot_liquidation_fige BEFORE UPDATE OR DELETE ON lot_liquidation
  FOR EACH ROW EXECUTE FUNCTION paiement_fige();
CREATE TRIGGER ligne_liquidation_figee BEFORE UPDATE OR DELETE ON ligne_liquidation
  FOR EACH ROW EXECUTE FUNCTION paiement_fige();

-- What a supplier sent stays as it came.
CREATE TRIGGER piece_fournisseur_figee BEFORE UPDATE OR DELETE ON piece_fournisseur
  FOR EACH ROW EXECUTE FUNCTION paiement_fige();
