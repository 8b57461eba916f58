import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The ground everything stands on: segments (the time partitions of append-only tables), domain events, and which brokers live.
 *
 * Every append-only table is partitioned by ranges of a bigint position or a segment number. A family of tables shares its segments. A
 * position is (segment << 36) + n, so it grows from segment to segment without depending on any clock.
 */
export class CreateDatabase1763700000000 implements MigrationInterface {
  readonly name = 'CreateDatabase1763700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE EXTENSION IF NOT EXISTS btree_gist;

      CREATE TABLE log_epoch (
        only_row boolean NOT NULL DEFAULT true,
        epoch text NOT NULL,
        CONSTRAINT log_epoch_pkey PRIMARY KEY (only_row),
        CONSTRAINT log_epoch_one_row CHECK (only_row)
      );
      COMMENT ON TABLE log_epoch IS 'changes when the database was restored from a backup: positions of another epoch are refused';
      INSERT INTO log_epoch (epoch) VALUES (left(replace(gen_random_uuid()::text, '-', ''), 8));

      CREATE TABLE segment (
        family text NOT NULL,
        id integer NOT NULL,
        opened_at timestamptz NOT NULL,
        closed_at timestamptz,
        CONSTRAINT segment_pkey PRIMARY KEY (family, id)
      );
      CREATE UNIQUE INDEX segment_one_open ON segment (family) WHERE closed_at IS NULL;

      -- Appends hold this lock shared, opening a segment takes it alone: when a segment is closed, everything in it is committed.
      CREATE FUNCTION lock_segments_shared(family_ text) RETURNS void LANGUAGE sql AS
        $$ SELECT pg_advisory_xact_lock_shared(7201, hashtext(family_)) $$;

      -- Closes the open segment of a family and opens the next, whose partitions must already be attached.
      CREATE FUNCTION open_segment(family_ text, id_ integer, sequence_ text) RETURNS boolean LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock(7201, hashtext(family_));
        IF coalesce((SELECT max(id) FROM segment WHERE family = family_), id_ - 1) <> id_ - 1 THEN RETURN false; END IF;
        UPDATE segment SET closed_at = clock_timestamp() WHERE family = family_ AND closed_at IS NULL;
        INSERT INTO segment (family, id, opened_at) VALUES (family_, id_, clock_timestamp());
        IF sequence_ IS NOT NULL THEN PERFORM setval(sequence_::regclass, id_::bigint << 36, false); END IF;
        RETURN true;
      END $$;

      CREATE TABLE domain_event (
        position bigint NOT NULL,
        kind text NOT NULL,
        subject text NOT NULL,
        data jsonb NOT NULL,
        recorded_at timestamptz NOT NULL,
        CONSTRAINT domain_event_pkey PRIMARY KEY (position)
      ) PARTITION BY RANGE (position);
      CREATE SEQUENCE domain_event_position;

      -- Called in one message with COMMIT: the lock makes position order commit order, and is held by the server alone.
      CREATE FUNCTION publish_domain_events(events jsonb) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM lock_segments_shared('event');
        PERFORM pg_advisory_xact_lock(7202, 0);
        INSERT INTO domain_event (position, kind, subject, data, recorded_at)
        SELECT nextval('domain_event_position'), e ->> 'kind', e ->> 'subject', e -> 'data', clock_timestamp()
          FROM (SELECT e FROM jsonb_array_elements(events) WITH ORDINALITY AS t (e, n) ORDER BY n) AS ordered;
      END $$;

      CREATE TABLE broker (
        id uuid NOT NULL,
        started_at timestamptz NOT NULL,
        seen_at timestamptz NOT NULL,
        CONSTRAINT broker_pkey PRIMARY KEY (id)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE broker;
      DROP FUNCTION publish_domain_events(jsonb);
      DROP TABLE domain_event;
      DROP SEQUENCE domain_event_position;
      DROP FUNCTION open_segment(text, integer, text);
      DROP FUNCTION lock_segments_shared(text);
      DROP TABLE segment;
      DROP TABLE log_epoch;
    `);
  }
}
