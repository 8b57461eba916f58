import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Views: data features of several twins joined slot by slot; what a view remembers of its open slots, the slots it closed, and which broker joins it. */
export class CreateViews1764004000000 implements MigrationInterface {
  readonly name = 'CreateViews1764004000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE alignment_view (
        id text COLLATE "C" NOT NULL,
        organization text COLLATE "C" NOT NULL,
        federation_id text COLLATE "C" NOT NULL,
        host text COLLATE "C" NOT NULL,
        feature text COLLATE "C" NOT NULL,
        definition json NOT NULL,
        first_version integer NOT NULL,
        version integer NOT NULL,
        brought_feature boolean NOT NULL,
        slot smallint NOT NULL,
        created_at timestamptz NOT NULL,
        changed_at timestamptz NOT NULL,
        CONSTRAINT alignment_view_pkey PRIMARY KEY (id),
        CONSTRAINT alignment_view_one_per_feature UNIQUE (host, feature),
        CONSTRAINT alignment_view_slot_exists CHECK (slot BETWEEN 0 AND 63)
      );
      CREATE INDEX alignment_view_by_organization ON alignment_view (organization, id);
      CREATE INDEX alignment_view_by_slot ON alignment_view (slot, id);
      COMMENT ON TABLE alignment_view IS 'what is joined, and the twin on whose data feature each slot is published';
      COMMENT ON COLUMN alignment_view.first_version IS 'slots of older versions are of a former view of this id';
      COMMENT ON COLUMN alignment_view.brought_feature IS 'whether the feature was registered by the view, and goes with it';
      COMMENT ON COLUMN alignment_view.slot IS 'lease under which it is joined';

      CREATE TABLE view_state (
        view_id text COLLATE "C" NOT NULL,
        version integer NOT NULL,
        fence bigint NOT NULL,
        origin timestamptz NOT NULL,
        next_slot timestamptz NOT NULL,
        watermark timestamptz NOT NULL,
        saved_at timestamptz,
        figures jsonb NOT NULL,
        checkpoint bytea,
        CONSTRAINT view_state_pkey PRIMARY KEY (view_id)
      ) WITH (fillfactor = 50);
      ALTER TABLE view_state ALTER COLUMN checkpoint SET STORAGE EXTERNAL;
      COMMENT ON TABLE view_state IS 'partial aggregates of the open slots of a view, and up to where in each stream they stand for; overwritten about once a second';
      COMMENT ON COLUMN view_state.fence IS 'of the lease under which it was last loaded: who holds an older one can no longer write';

      CREATE TABLE view_slot (
        view_id text COLLATE "C" NOT NULL,
        slot_from timestamptz NOT NULL,
        version integer NOT NULL,
        revision integer NOT NULL,
        segment integer NOT NULL,
        slot_to timestamptz NOT NULL,
        message_id text NOT NULL,
        closed_at timestamptz NOT NULL,
        payload text NOT NULL,
        state bytea,
        CONSTRAINT view_slot_pkey PRIMARY KEY (view_id, slot_from, version, revision, segment)
      ) PARTITION BY RANGE (segment);
      ALTER TABLE view_slot ALTER COLUMN state SET STORAGE EXTERNAL;
      COMMENT ON TABLE view_slot IS 'closed slots as they were published; of a slot the greatest version, and of that the greatest revision, counts';
      COMMENT ON COLUMN view_slot.state IS 'partial aggregates, while late values may still correct the slot';

      -- Views are spread over slots of leases, so that what a broker holds is renewed by one short statement however many views there are.
      CREATE TABLE view_lease (
        slot smallint NOT NULL,
        owner uuid,
        fence bigint NOT NULL DEFAULT 0,
        expires_at timestamptz NOT NULL DEFAULT '-infinity',
        wanted_by uuid,
        CONSTRAINT view_lease_pkey PRIMARY KEY (slot)
      ) WITH (fillfactor = 50);
      INSERT INTO view_lease (slot) SELECT generate_series(0, 63);
      COMMENT ON COLUMN view_lease.fence IS 'grows with every change of owner';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE view_lease, view_slot, view_state, alignment_view');
  }
}
