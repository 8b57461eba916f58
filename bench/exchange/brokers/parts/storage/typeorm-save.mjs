// The same server, but every request saves two entities by TypeORM: `save()` in one transaction, as an application without literal SQL would.
import { DataSource, EntitySchema } from 'typeorm';
import { drawPositions, openSegment } from './positions.mjs';
import { tellReaders } from './told-readers.mjs';

const CONNECTIONS = 16;
const key = (type) => ({ type, primary: true });
const optional = (type, name) => ({ type, name, nullable: true });

class TakenId {}
class LoggedMessage {}

const TAKEN_ID = new EntitySchema({
  name: 'TakenId',
  target: TakenId,
  tableName: 'acceptance',
  columns: {
    sender: key('text'),
    messageId: { ...key('text'), name: 'message_id' },
    segment: key('integer'),
    fingerprint: { type: 'bytea' },
    channel: { type: 'text' },
    lane: { type: 'smallint' },
    position: { type: 'bigint' },
    acceptedAt: { type: 'timestamptz', name: 'accepted_at' },
  },
});

const LOGGED_MESSAGE = new EntitySchema({
  name: 'LoggedMessage',
  target: LoggedMessage,
  tableName: 'message_log',
  columns: {
    channel: key('text'),
    lane: key('smallint'),
    position: key('bigint'),
    orderingKey: { type: 'text', name: 'ordering_key' },
    sender: { type: 'text' },
    messageId: { type: 'text', name: 'message_id' },
    kind: { type: 'smallint' },
    connectionId: optional('text', 'connection_id'),
    planVersion: optional('integer', 'plan_version'),
    acceptedAt: { type: 'timestamptz', name: 'accepted_at' },
    expiresAt: { type: 'timestamptz', name: 'expires_at' },
    envelope: { type: 'text' },
    payload: optional('text', 'payload'),
  },
});

/** Puts it in place; the function it gives takes it away. */
export async function typeormSave({ database, writer, url, ...readers }) {
  const [position, segment] = [await drawPositions(database), await openSegment(database)];
  const source = await new DataSource({ type: 'postgres', url, entities: [TAKEN_ID, LOGGED_MESSAGE], poolSize: CONNECTIONS }).initialize();
  const { manager } = source;
  const { append } = writer;
  writer.append = async (row) => {
    const acceptedAt = new Date();
    const place = { sender: row.sender, messageId: row.messageId, channel: row.channel, lane: row.lane, position: position(), acceptedAt };
    const taken = manager.create(TakenId, { ...place, segment, fingerprint: row.fingerprint });
    const logged = manager.create(LoggedMessage, {
      ...place,
      orderingKey: row.orderingKey,
      kind: row.kind,
      connectionId: row.connectionId,
      planVersion: row.planVersion,
      expiresAt: new Date(acceptedAt.getTime() + row.ttlMs),
      envelope: row.envelope,
      payload: row.payload,
    });
    await manager.save([taken, logged]);
    tellReaders(readers, row, place.position, acceptedAt, segment);
    return { outcome: 'accepted', position: place.position, acceptedAt, segment };
  };
  return async () => {
    writer.append = append;
    await source.destroy();
  };
}
