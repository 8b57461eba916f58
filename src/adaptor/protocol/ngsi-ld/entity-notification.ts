import { parseExact, stringifyExact } from '../../../kernel/exact-json.js';
import { DomainError } from '../../../problems/domain-error.js';
import type { NotificationReader, ReceivedDocument } from '../inbound-protocol.js';
import { isEntity } from './entity-look.js';
import type { NgsiLdBindingSettings } from './ngsi-ld-settings.js';

/** Entities that one notification may bring. */
export const MOST_NOTIFIED = 1_000;

/** Notifications of a context broker (ETSI GS CIM 009, 5.3.1): each entity is a document, in order by its entity. */
export class EntityNotifications implements NotificationReader {
  wants(settings: unknown): boolean {
    return (settings as NgsiLdBindingSettings).by === 'subscribe';
  }

  read(text: string): readonly ReceivedDocument[] {
    const notification = parseExact(text);
    if (typeof notification !== 'object' || notification === null || Array.isArray(notification))
      throw fault('', 'must be a notification of NGSI-LD: an object');
    const { id, data, notifiedAt } = notification as { id?: unknown; data?: unknown; notifiedAt?: unknown };
    if (id !== undefined && typeof id !== 'string') throw fault('/id', 'must be a string');
    if (!Array.isArray(data) || data.length === 0 || data.length > MOST_NOTIFIED)
      throw fault('/data', `must be an array of 1 to ${MOST_NOTIFIED} entities`);
    return (data as unknown[]).map((entity, n) => {
      if (!isEntity(entity)) throw fault(`/data/${n}`, 'must be an entity: an object with an id');
      return {
        document: Buffer.from(stringifyExact(entity)),
        mediaType: 'application/json',
        orderingKey: entity.id,
        // By its time as well: some context brokers count anew when they start.
        ...(id === undefined ? {} : { identity: `${id} ${typeof notifiedAt === 'string' ? notifiedAt : ''} ${n}` }),
      };
    });
  }
}

function fault(pointer: string, detail: string): DomainError {
  return new DomainError('validation-failed', `The notification ${pointer === '' ? '' : `(${pointer}) `}${detail}.`, {
    pointer,
    errors: [{ pointer, detail }],
  });
}
