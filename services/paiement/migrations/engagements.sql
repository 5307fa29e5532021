-- What was heard of orders and deliveries only adds up: no row of it is edited or taken away.

CREATE FUNCTION paiement_mouvement_fige() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'restrict_violation',
    MESSAGE = TG_TABLE_NAME || ' ne se modifie pas : une écriture inverse la corrige';
END $$;

CREATE TRIGGER reception_figee BEFORE UPDATE OR DELETE ON reception
  FOR EACH ROW EXECUTE FUNCTION paiement_mouvement_fige();
CREATE TRIGGER part_reception_figee BEFORE UPDATE OR DELETE ON part_reception
  FOR EACH ROW EXECUTE FUNCTION paiement_mouvement_fige();
CREATE TRIGGER liberation_figee BEFORE UPDATE OR DELETE ON liberation
  FOR EACH ROW EXECUTE FUNCTION paiement_mouvement_fige();
CREATE TRIGGER avenant_fige BEFORE UPDATE OR DELETE ON avenant
  FOR EACH ROW EXECUTE FUNCTION paiement_mouvement_fige();
CREATE TRIGGER commande_conservee BEFORE DELETE ON commande
  FOR EACH ROW EXECUTE FUNCTION paiement_mouvement_fige();
