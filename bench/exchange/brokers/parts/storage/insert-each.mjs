// The same server, but every request commits its own INSERT of the same two rows: the message, and the message id that is taken.
import pg from 'pg';
import { drawPositions, openSegment } from './positions.mjs';
import { tellReaders } from './told-readers.mjs';

/** As many as help: beyond it, more connections made it slower. */
const CONNECTIONS = 16;
const INSERT = {
  name: 'insert-each',
  text: `WITH taken AS (
      INSERT INTO acceptance (sender, message_id, segment, fingerprint, channel, lane, position, accepted_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())
      ON CONFLICT DO NOTHING RETURNING position, accepted_at)
    INSERT INTO message_log (channel, lane, position, ordering_key, sender, message_id, kind, connection_id, plan_version, accepted_at, expires_at,
                             envelope, payload)
    SELECT $5, $6, position, $8, $1, $2, $9, $10, $11, accepted_at, accepted_at + $12 * interval '1 millisecond', $13, $14 FROM taken
    RETURNING position, accepted_at`,
};

/** Puts it in place; the function it gives takes it away. */
export async function insertEach({ database, writer, url, ...readers }) {
  const [position, segment] = [await drawPositions(database), await openSegment(database)];
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  pool.on('error', () => undefined);
  const { append } = writer;
  writer.append = async (row) => {
    const values = [
      row.sender,
      row.messageId,
      segment,
      row.fingerprint,
      row.channel,
      row.lane,
      position(),
      row.orderingKey,
      row.kind,
      row.connectionId,
      row.planVersion,
      row.ttlMs,
      row.envelope,
      row.payload,
    ];
    const { rows } = await pool.query({ ...INSERT, values });
    const [stored] = rows;
    if (stored === undefined) return { outcome: 'refused', position: '0', acceptedAt: new Date(), segment };
    tellReaders(readers, row, stored.position, stored.accepted_at, segment);
    return { outcome: 'accepted', position: stored.position, acceptedAt: stored.accepted_at, segment };
  };
  return async () => {
    writer.append = append;
    await pool.end();
  };
}
