-- The tables that carry the promises of shared/messaging, one copy per service database.

CREATE TABLE outbox (
  seq            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id             uuid NOT NULL UNIQUE,
  type           text NOT NULL,
  source         text NOT NULL,
  subject        text NOT NULL,
  sequence       bigint NOT NULL,
  time           timestamptz NOT NULL,
  data           jsonb NOT NULL,
  correlation_id text NOT NULL,
  causation_id   text,
  traceparent    text,
  destinataire   text,
  published_at   timestamptz,
  UNIQUE (subject, sequence)
);
CREATE INDEX outbox_unpublished ON outbox (seq) WHERE published_at IS NULL;
CREATE INDEX outbox_destinataire ON outbox (destinataire, seq) WHERE destinataire IS NOT NULL;

-- The last version of each aggregate. Its row lock makes outbox order equal commit order per subject.
CREATE TABLE sequence_agregat (
  subject  text PRIMARY KEY,
  sequence bigint NOT NULL
);

-- What each consumer has already done; written in the transaction of the effect.
CREATE TABLE inbox (
  consumer    text NOT NULL,
  event_id    uuid NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, event_id)
);

-- Where each consumer has read in each emitter's outbox (local transport only).
CREATE TABLE curseur (
  consumer text NOT NULL,
  emitter  text NOT NULL,
  seq      bigint NOT NULL,
  PRIMARY KEY (consumer, emitter)
);

-- The newest version of a subject that a `latest_only` consumer has seen.
CREATE TABLE dernier_vu (
  consumer text NOT NULL,
  subject  text NOT NULL,
  sequence bigint NOT NULL,
  PRIMARY KEY (consumer, subject)
);

-- Events that crash the process are counted here before each run.
CREATE TABLE suspect (
  consumer text NOT NULL,
  event_id uuid NOT NULL,
  n        int NOT NULL DEFAULT 1,
  PRIMARY KEY (consumer, event_id)
);

CREATE TABLE message_en_attente (
  consumer      text NOT NULL,
  event_id      uuid NOT NULL,
  type          text NOT NULL,
  enveloppe     jsonb NOT NULL,
  attempts      int NOT NULL,
  due_at        timestamptz NOT NULL,
  cause         text NOT NULL,
  erreur        text NOT NULL,
  first_seen_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, event_id)
);
CREATE INDEX message_en_attente_due ON message_en_attente (due_at);

CREATE TABLE lettre_morte (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer      text NOT NULL,
  event_id      uuid,
  type          text,
  enveloppe     jsonb,
  corps         bytea,
  cause         text NOT NULL,
  erreur        text NOT NULL,
  attempts      int NOT NULL,
  first_seen_at timestamptz NOT NULL,
  dead_at       timestamptz NOT NULL DEFAULT now(),
  etat          text NOT NULL DEFAULT 'MORTE' CHECK (etat IN ('MORTE', 'REJOUEE', 'ECARTEE')),
  motif         text,
  acteur        text,
  closed_at     timestamptz,
  CHECK ((etat = 'MORTE') = (closed_at IS NULL))
);
CREATE INDEX lettre_morte_open ON lettre_morte (dead_at) WHERE etat = 'MORTE';
CREATE UNIQUE INDEX lettre_morte_once ON lettre_morte (consumer, event_id) WHERE etat = 'MORTE';

-- The inbound door: what members' own software asked, whatever the way it came.
CREATE TABLE entrant (
  seq       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id        uuid NOT NULL UNIQUE,
  type      text NOT NULL,
  siret     text NOT NULL,
  enveloppe jsonb NOT NULL,
  canal     text NOT NULL CHECK (canal IN ('http', 'amqp')),
  recu_le   timestamptz NOT NULL
);

-- A writer is visible to snapshots before it draws the number of its first row; readers of the
-- journals rely on it to know up to which number nothing can appear any more (horizon.py).
CREATE FUNCTION essaim_annonce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_current_xact_id();
  RETURN NULL;
END $$;
CREATE TRIGGER outbox_annonce BEFORE INSERT ON outbox
  FOR EACH STATEMENT EXECUTE FUNCTION essaim_annonce();
CREATE TRIGGER entrant_annonce BEFORE INSERT ON entrant
  FOR EACH STATEMENT EXECUTE FUNCTION essaim_annonce();

-- Wakes relays and local subscribers; `SET essaim.notify = off` for databases with many writers.
CREATE FUNCTION essaim_reveil() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('essaim.notify', true) IS DISTINCT FROM 'off' THEN
    PERFORM pg_notify('essaim', TG_TABLE_NAME);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER outbox_reveil AFTER INSERT ON outbox
  FOR EACH STATEMENT EXECUTE FUNCTION essaim_reveil();
CREATE TRIGGER entrant_reveil AFTER INSERT ON entrant
  FOR EACH STATEMENT EXECUTE FUNCTION essaim_reveil();

-- Answers given under an Idempotency-Key (shared/web/idempotence.py), written with their effect.
CREATE TABLE idempotence (
  cle          text NOT NULL,
  acteur       text NOT NULL,
  route        text NOT NULL,
  empreinte    text NOT NULL,
  statut       int NOT NULL,
  type_contenu text NOT NULL,
  corps        text NOT NULL,
  cree_le      timestamptz NOT NULL,
  PRIMARY KEY (cle, acteur, route)
);
CREATE INDEX idempotence_age ON idempotence (cree_le);
