import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lets a broker that has lost against others again and again store the next state of an inbox: it appends the newest state once more, marked as its own
 * for a while. What others made of the state before fails by its version, and who finds the mark waits until it is over or the next state is there.
 */
export class ReserveInbox1764009000000 implements MigrationInterface {
  readonly name = 'ReserveInbox1764009000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Locks, in this order, as save_inboxes does: the gate of the segment family inbox (shared), then the inbox's own (alone), until the commit is
      -- visible. All within one statement, so a frozen client holds none; what it has reserved ends by the database's clock.
      -- Gives the newest state, which is the marked one unless another broker's mark still counts; no row when there is none.
      CREATE FUNCTION reserve_inbox(receiver_ text, broker_ text, for_ms_ integer)
      RETURNS TABLE (version bigint, state text) LANGUAGE plpgsql AS $$
      #variable_conflict use_column
      DECLARE
        newest_ record;
        mark_ jsonb;
        now_ bigint;
      BEGIN
        PERFORM lock_segments_shared('inbox');
        PERFORM pg_advisory_xact_lock(7205, hashtext(receiver_));
        SELECT s.version, s.state INTO newest_ FROM inbox_state s WHERE s.receiver = receiver_ ORDER BY s.version DESC LIMIT 1;
        IF NOT FOUND THEN RETURN; END IF;
        mark_ := newest_.state::jsonb -> 'reserved';
        now_ := extract(epoch FROM clock_timestamp()) * 1000;
        IF mark_ ->> 'broker' <> broker_ AND (mark_ ->> 'until')::bigint > now_ THEN
          RETURN QUERY SELECT newest_.version, newest_.state;
          RETURN;
        END IF;
        mark_ := jsonb_build_object('reserved', jsonb_build_object('broker', broker_, 'until', now_ + for_ms_));
        RETURN QUERY
        INSERT INTO inbox_state AS s (receiver, version, state, saved_at)
        VALUES (receiver_, nextval('inbox_version'), (newest_.state::jsonb || mark_)::text, clock_timestamp())
        RETURNING s.version, s.state;
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION reserve_inbox(text, text, integer)');
  }
}
