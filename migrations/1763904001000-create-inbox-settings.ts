import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the owner of an inbox sets: its mode, its limits, who may look; and the right to the incident lane. */
export class CreateInboxSettings1763904001000 implements MigrationInterface {
  readonly name = 'CreateInboxSettings1763904001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE inbox_setting (
        receiver text NOT NULL,
        mode text NOT NULL DEFAULT 'OPEN',
        max_messages integer,
        max_bytes bigint,
        max_age_seconds integer,
        overflow text NOT NULL DEFAULT 'refuse',
        changed_at timestamptz NOT NULL,
        CONSTRAINT inbox_setting_pkey PRIMARY KEY (receiver),
        CONSTRAINT inbox_setting_mode CHECK (mode IN ('OPEN', 'PAUSED', 'DRAINING')),
        CONSTRAINT inbox_setting_overflow CHECK (overflow IN ('refuse', 'dropOldest', 'coalesceLatest'))
      );
      COMMENT ON TABLE inbox_setting IS 'inboxes that are not as every inbox is: open, without limits';

      CREATE TABLE inbox_observer (
        receiver text NOT NULL,
        kind text NOT NULL,
        observer text NOT NULL,
        granted_at timestamptz NOT NULL,
        CONSTRAINT inbox_observer_pkey PRIMARY KEY (receiver, kind, observer),
        CONSTRAINT inbox_observer_kind CHECK (kind IN ('organization', 'twin'))
      );
      COMMENT ON TABLE inbox_observer IS 'who else may look at an inbox, without claiming or settling';

      CREATE TABLE incident_right (
        organization text NOT NULL,
        per_minute integer NOT NULL,
        granted_at timestamptz NOT NULL,
        CONSTRAINT incident_right_pkey PRIMARY KEY (organization)
      );
      COMMENT ON TABLE incident_right IS 'how many messages a minute an organization may send in the lane incident, where it is not the default';

      CREATE TABLE incident_use (
        organization text NOT NULL,
        minute bigint NOT NULL,
        taken integer NOT NULL,
        CONSTRAINT incident_use_pkey PRIMARY KEY (organization)
      );
      COMMENT ON TABLE incident_use IS 'what brokers took of the present minute''s quota, in portions';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE incident_use, incident_right, inbox_observer, inbox_setting;');
  }
}
