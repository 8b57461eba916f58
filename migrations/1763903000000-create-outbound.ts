import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Outbound deliveries: which inboxes the broker empties by itself, with which keys it signs, and which broker does it. */
export class CreateOutbound1763903000000 implements MigrationInterface {
  readonly name = 'CreateOutbound1763903000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SEQUENCE delivery_revision;

      CREATE TABLE delivery_endpoint (
        receiver text NOT NULL,
        organization text NOT NULL,
        protocol text NOT NULL,
        settings jsonb NOT NULL,
        state text NOT NULL,
        revision bigint NOT NULL,
        slot smallint NOT NULL,
        failures integer NOT NULL DEFAULT 0,
        retry_at timestamptz,
        reason text,
        configured_at timestamptz NOT NULL,
        changed_at timestamptz NOT NULL,
        CONSTRAINT delivery_endpoint_pkey PRIMARY KEY (receiver),
        CONSTRAINT delivery_endpoint_state_known CHECK (state IN ('PENDING_VERIFICATION', 'ACTIVE', 'SUSPENDED', 'DISABLED')),
        CONSTRAINT delivery_endpoint_slot_exists CHECK (slot BETWEEN 0 AND 63)
      );
      CREATE INDEX delivery_endpoint_slot ON delivery_endpoint (slot, receiver);
      COMMENT ON TABLE delivery_endpoint IS 'inboxes that the broker delivers itself; those without a row are pulled from';
      COMMENT ON COLUMN delivery_endpoint.organization IS 'who configured it: when the twin is another''s by now, nothing is delivered';
      COMMENT ON COLUMN delivery_endpoint.revision IS 'drawn anew by every configuration: what was observed of an older one changes nothing';
      COMMENT ON COLUMN delivery_endpoint.failures IS 'handshakes refused, or how often in a row the circuit opened';

      CREATE TABLE delivery_key (
        receiver text NOT NULL,
        name text NOT NULL,
        organization text NOT NULL,
        kind text NOT NULL,
        sealed_secret text NOT NULL,
        public_key text,
        created_at timestamptz NOT NULL,
        CONSTRAINT delivery_key_pkey PRIMARY KEY (receiver, name),
        CONSTRAINT delivery_key_kind_known CHECK (kind IN ('hmac-sha256', 'ed25519'))
      );

      -- Endpoints are spread over slots, so that what a broker holds is renewed by one short statement however many endpoints there are.
      CREATE TABLE outbound_lease (
        slot smallint NOT NULL,
        owner uuid,
        fence bigint NOT NULL DEFAULT 0,
        expires_at timestamptz NOT NULL DEFAULT '-infinity',
        wanted_by uuid,
        CONSTRAINT outbound_lease_pkey PRIMARY KEY (slot)
      ) WITH (fillfactor = 50);
      INSERT INTO outbound_lease (slot) SELECT generate_series(0, 63);
      COMMENT ON COLUMN outbound_lease.fence IS 'grows with every change of owner';
      COMMENT ON COLUMN outbound_lease.wanted_by IS 'a broker that has less than its share and asks for the slot';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE outbound_lease;
      DROP TABLE delivery_key;
      DROP TABLE delivery_endpoint;
      DROP SEQUENCE delivery_revision;
    `);
  }
}
