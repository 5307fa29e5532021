-- Append-only journal of decisions; each row holds the hash of the one before.

CREATE TABLE audit (
  seq            bigint PRIMARY KEY,
  le             timestamptz NOT NULL,
  acteur         text NOT NULL,
  action         text NOT NULL,
  objet          text NOT NULL,
  details        jsonb NOT NULL,
  correlation_id text NOT NULL,
  empreinte      text NOT NULL
);

CREATE FUNCTION audit_fige() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'le journal d''audit ne se modifie pas';
END $$;
CREATE TRIGGER audit_fige BEFORE UPDATE OR DELETE ON audit
  FOR EACH ROW EXECUTE FUNCTION audit_fige();
