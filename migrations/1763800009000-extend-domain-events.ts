import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Domain events as a change feed: news of a twin carries who could see it when it happened, durable consumers keep their place, and a
 * subscription may be one to a filtered part of the feed.
 */
export class ExtendDomainEvents1763800009000 implements MigrationInterface {
  readonly name = 'ExtendDomainEvents1763800009000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE event_consumer (
        name text NOT NULL,
        position bigint NOT NULL,
        CONSTRAINT event_consumer_pkey PRIMARY KEY (name)
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE event_consumer IS 'how far each durable consumer of domain events has come; locked while a broker works for it';

      -- What the writer of an event says wins over what the tables say: of a deregistered twin they say nothing any more.
      CREATE OR REPLACE FUNCTION publish_domain_events(events jsonb) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
        kinds text[];
        subjects text[];
        facts jsonb[];
      BEGIN
        -- Put together before the lock is taken, so that it is held for the insert alone.
        SELECT array_agg(e ->> 'kind' ORDER BY n), array_agg(e ->> 'subject' ORDER BY n),
               array_agg(CASE WHEN t.id IS NULL THEN e -> 'data' ELSE jsonb_build_object(
                 'owner', t.owner, 'domain', t.domain, 'access', t.access, 'incarnation', t.incarnation, 'version', t.version,
                 'circles', (SELECT coalesce(jsonb_agg(c.circle), '[]') FROM twin_circle c WHERE c.twin_id = t.id)) || (e -> 'data') END ORDER BY n)
          INTO kinds, subjects, facts
          FROM jsonb_array_elements(events) WITH ORDINALITY AS event (e, n)
          LEFT JOIN twin t ON e ->> 'kind' LIKE 'twin.%' AND t.id = e ->> 'subject' AND t.registration = 'REGISTERED';
        PERFORM lock_segments_shared('event');
        PERFORM pg_advisory_xact_lock(7202, 0);
        INSERT INTO domain_event (position, kind, subject, data, recorded_at)
        SELECT nextval('domain_event_position'), kind, subject, data, clock_timestamp()
          FROM (SELECT * FROM unnest(kinds, subjects, facts) WITH ORDINALITY AS t (kind, subject, data, n) ORDER BY n) AS ordered;
      END $$;

      ALTER TABLE subscription ADD COLUMN filter jsonb;
      COMMENT ON COLUMN subscription.filter IS 'of a subscription to the registry: which changes it asks for';
      CREATE INDEX subscription_status_idx ON subscription (object_type, subscriber) WHERE object_type <> 'data';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX subscription_status_idx;
      ALTER TABLE subscription DROP COLUMN filter;
      CREATE OR REPLACE FUNCTION publish_domain_events(events jsonb) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM lock_segments_shared('event');
        PERFORM pg_advisory_xact_lock(7202, 0);
        INSERT INTO domain_event (position, kind, subject, data, recorded_at)
        SELECT nextval('domain_event_position'), e ->> 'kind', e ->> 'subject', e -> 'data', clock_timestamp()
          FROM (SELECT e FROM jsonb_array_elements(events) WITH ORDINALITY AS t (e, n) ORDER BY n) AS ordered;
      END $$;
      DROP TABLE event_consumer;
    `);
  }
}
