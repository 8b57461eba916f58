import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Sets of twins that are applied together, offers to hand a twin over, and organizations that leave. None of it is on a hot path. A member of a set
 * names the incarnation it means: a twin that was deregistered and came back by hand is no member, without anybody having to say so.
 */
export class CreateAppliedSets1763800004000 implements MigrationInterface {
  readonly name = 'CreateAppliedSets1763800004000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE twin_set (
        organization text NOT NULL,
        name text COLLATE "C" NOT NULL,
        digest text,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        applied_at timestamptz,
        applied_by text,
        changed_at timestamptz,
        CONSTRAINT twin_set_pkey PRIMARY KEY (organization, name),
        CONSTRAINT twin_set_name_form CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,62}$')
      );
      COMMENT ON COLUMN twin_set.digest IS 'of the profiles that were applied last';

      CREATE TABLE twin_set_member (
        twin_id text COLLATE "C" NOT NULL,
        incarnation integer NOT NULL,
        organization text NOT NULL,
        set_name text COLLATE "C" NOT NULL,
        since timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT twin_set_member_pkey PRIMARY KEY (twin_id)
      );
      -- The members of a set, in the order of pages.
      CREATE INDEX twin_set_member_set_idx ON twin_set_member (organization, set_name, twin_id);

      CREATE TABLE twin_transfer (
        id text COLLATE "C" NOT NULL,
        twin_id text COLLATE "C" NOT NULL,
        incarnation integer NOT NULL,
        from_organization text NOT NULL,
        to_organization text NOT NULL,
        note text,
        state text NOT NULL,
        offered_by text NOT NULL,
        offered_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        decided_by text,
        decided_at timestamptz,
        CONSTRAINT twin_transfer_pkey PRIMARY KEY (id),
        CONSTRAINT twin_transfer_state_known CHECK (state IN ('OFFERED', 'ACCEPTED', 'DECLINED', 'WITHDRAWN', 'EXPIRED', 'VOID')),
        CONSTRAINT twin_transfer_decided CHECK ((state = 'OFFERED') = (decided_at IS NULL))
      );
      -- One open offer for each twin.
      CREATE UNIQUE INDEX twin_transfer_open_key ON twin_transfer (twin_id) WHERE state = 'OFFERED';
      -- What an organization offered, and what it was offered, in the order of pages.
      CREATE INDEX twin_transfer_from_idx ON twin_transfer (from_organization, id);
      CREATE INDEX twin_transfer_to_idx ON twin_transfer (to_organization, id);

      CREATE TABLE twin_transfer_consent (
        to_organization text NOT NULL,
        from_organization text NOT NULL,
        given_by text NOT NULL,
        given_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT twin_transfer_consent_pkey PRIMARY KEY (to_organization, from_organization)
      );

      CREATE TABLE organization_offboarding (
        organization text NOT NULL,
        mode text NOT NULL,
        to_organization text,
        state text NOT NULL,
        requested_by text NOT NULL,
        started_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        finished_at timestamptz,
        position text COLLATE "C" NOT NULL DEFAULT '',
        deregistered integer NOT NULL DEFAULT 0,
        transferred integer NOT NULL DEFAULT 0,
        dissolved integer NOT NULL DEFAULT 0,
        refused jsonb NOT NULL DEFAULT '[]',
        CONSTRAINT organization_offboarding_pkey PRIMARY KEY (organization),
        CONSTRAINT organization_offboarding_mode CHECK (mode IN ('deregister', 'transfer') AND (mode = 'transfer') = (to_organization IS NOT NULL)),
        CONSTRAINT organization_offboarding_state CHECK (state IN ('RUNNING', 'BLOCKED', 'DONE'))
      );
      COMMENT ON COLUMN organization_offboarding.position IS 'id of the last twin that the job has looked at';

      ALTER TABLE organization DROP CONSTRAINT organization_status_known,
        ADD CONSTRAINT organization_status_known CHECK (status IN ('ACTIVE', 'SUSPENDED', 'OFFBOARDING', 'OFFBOARDED'));
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      UPDATE organization SET status = 'SUSPENDED' WHERE status NOT IN ('ACTIVE', 'SUSPENDED');
      ALTER TABLE organization DROP CONSTRAINT organization_status_known,
        ADD CONSTRAINT organization_status_known CHECK (status IN ('ACTIVE', 'SUSPENDED'));
      DROP TABLE organization_offboarding;
      DROP TABLE twin_transfer_consent;
      DROP TABLE twin_transfer;
      DROP TABLE twin_set_member;
      DROP TABLE twin_set;
    `);
  }
}
