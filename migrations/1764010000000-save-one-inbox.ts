import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Saves the state of one inbox, in two thirds of the time that a list of one takes: most saves come alone, and each of a message's two waits for one. */
export class SaveOneInbox1764010000000 implements MigrationInterface {
  readonly name = 'SaveOneInbox1764010000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Locks, in this order, as save_inboxes does: the gate of the segment family inbox (shared), then the inbox's own (alone), until the commit is
      -- visible. All within one statement, so a frozen client holds none. They are taken in conditions, which are evaluated without a statement each.
      -- Gives the new version; null when somebody stored one since expected_.
      CREATE FUNCTION save_inbox(receiver_ text, expected_ bigint, state_ text) RETURNS bigint LANGUAGE plpgsql AS $$
      DECLARE
        version_ bigint;
      BEGIN
        IF pg_advisory_xact_lock_shared(7201, hashtext('inbox')) IS NULL OR pg_advisory_xact_lock(7205, hashtext(receiver_)) IS NULL THEN
          RAISE EXCEPTION 'a lock was not taken';
        END IF;
        PERFORM FROM inbox_state s WHERE s.receiver = receiver_ AND s.version > expected_ LIMIT 1;
        IF FOUND THEN RETURN NULL; END IF;
        version_ := nextval('inbox_version');
        INSERT INTO inbox_state (receiver, version, state, saved_at) VALUES (receiver_, version_, state_, clock_timestamp());
        RETURN version_;
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION save_inbox(text, bigint, text)');
  }
}
