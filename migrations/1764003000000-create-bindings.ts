import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Inbound bindings: what the broker listens to for twins, how that fares, with which credentials; and twins that are known to be away. */
export class CreateBindings1764003000000 implements MigrationInterface {
  readonly name = 'CreateBindings1764003000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SEQUENCE binding_revision;

      CREATE TABLE inbound_binding (
        twin text NOT NULL,
        name text NOT NULL,
        organization text NOT NULL,
        protocol text NOT NULL,
        settings jsonb NOT NULL,
        feature text,
        enabled boolean NOT NULL,
        revision bigint NOT NULL,
        slot smallint NOT NULL,
        configured_at timestamptz NOT NULL,
        state text NOT NULL,
        since timestamptz NOT NULL,
        reason text,
        source_position text,
        figures jsonb NOT NULL DEFAULT '{}',
        refusals jsonb NOT NULL DEFAULT '[]',
        CONSTRAINT inbound_binding_pkey PRIMARY KEY (twin, name),
        CONSTRAINT inbound_binding_state_known CHECK (state IN ('CONNECTING', 'CONNECTED', 'DISCONNECTED', 'LOST')),
        CONSTRAINT inbound_binding_slot_exists CHECK (slot BETWEEN 0 AND 63)
      ) WITH (fillfactor = 70);
      CREATE INDEX inbound_binding_slot ON inbound_binding (slot, twin, name);
      COMMENT ON TABLE inbound_binding IS 'wires that the broker listens to on behalf of twins';
      COMMENT ON COLUMN inbound_binding.organization IS 'who configured it: when the twin is another''s by now, nothing is taken';
      COMMENT ON COLUMN inbound_binding.revision IS 'drawn anew by every configuration: what was observed of an older one changes nothing';
      COMMENT ON COLUMN inbound_binding.slot IS 'of outbound_lease: the broker that holds the slot listens';
      COMMENT ON COLUMN inbound_binding.source_position IS 'where the source is to go on, for wires that are asked for what comes after';
      COMMENT ON COLUMN inbound_binding.figures IS 'written now and then: a broker that is killed forgets the last second';

      CREATE TABLE wire_credential (
        twin text NOT NULL,
        wire text NOT NULL,
        name text NOT NULL,
        organization text NOT NULL,
        sealed_secret text NOT NULL,
        changed_at timestamptz NOT NULL,
        CONSTRAINT wire_credential_pkey PRIMARY KEY (twin, wire, name)
      );
      COMMENT ON COLUMN wire_credential.wire IS 'delivery, or binding: and its name';

      CREATE TABLE twin_absence (
        twin_id text NOT NULL,
        source text NOT NULL,
        reason text NOT NULL,
        since timestamptz NOT NULL,
        CONSTRAINT twin_absence_pkey PRIMARY KEY (twin_id, source)
      );
      COMMENT ON TABLE twin_absence IS 'twins whose last will, or what is like it, says that they are away: their connections are LOST';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE twin_absence;
      DROP TABLE wire_credential;
      DROP TABLE inbound_binding;
      DROP SEQUENCE binding_revision;
    `);
  }
}
