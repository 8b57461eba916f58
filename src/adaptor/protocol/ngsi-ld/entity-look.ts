import { createHash } from 'node:crypto';
import { parseExact, stringifyExact } from '../../../kernel/exact-json.js';
import { retryAfterMs } from '../http-answer.js';
import type { InboundBinding, InboundListener } from '../inbound-protocol.js';
import { failureOf } from '../no-answer.js';
import { ConnectionOver } from '../reconnecting.js';
import type { ContextBroker } from './context-broker.js';
import type { NgsiLdBindingSettings } from './ngsi-ld-settings.js';

const PAGE = 100;
/** Entities beyond so many are an error of the binding, told as such. */
const MOST_ENTITIES = 10_000;

/** What of the settings is asked of the context broker. */
export function entityQuery({ types, ids, attributes, query, representation }: NgsiLdBindingSettings): Record<string, string> {
  return {
    ...(types.length === 0 ? {} : { type: types.join(',') }),
    ...(ids.length === 0 ? {} : { id: ids.join(',') }),
    ...(attributes.length === 0 ? {} : { attrs: attributes.join(',') }),
    ...(query === undefined ? {} : { q: query }),
    ...(representation === 'normalized' ? {} : { options: representation }),
  };
}

/** Reads all entities of a binding page by page, and brings those that are not as they were when it last looked. */
export class EntityLook {
  private readonly settings: NgsiLdBindingSettings;
  private seen = new Map<string, string>();
  /** Changes so far; an entity may come to be what it was before. */
  private changes: number;

  constructor(
    private readonly broker: ContextBroker,
    { settings, position }: InboundBinding,
    private readonly listener: InboundListener,
  ) {
    this.settings = settings as NgsiLdBindingSettings;
    this.changes = Number(position ?? '0');
  }

  /** Every entity is news again. */
  forget(): void {
    this.seen.clear();
  }

  /**
   * Resolves when what is new has been taken.
   * @param read called when the entities are there
   * @throws ConnectionOver
   */
  async look(signal: AbortSignal, read?: () => void): Promise<void> {
    const entities = await this.all(signal);
    read?.();
    await this.bring(entities);
  }

  private async all(signal: AbortSignal): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (let offset = 0; ; offset += PAGE) {
      const page = await this.page(offset, signal);
      for (const entity of page) found.set(entity.id, stringifyExact(entity));
      if (page.length < PAGE) return found;
      if (offset + PAGE >= MOST_ENTITIES)
        throw new ConnectionOver(`it has more than ${MOST_ENTITIES} such entities`, this.settings.intervalMs);
    }
  }

  private async page(offset: number, signal: AbortSignal): Promise<readonly Entity[]> {
    const { timeoutMs, intervalMs } = this.settings;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const query = { ...entityQuery(this.settings), limit: String(PAGE), offset: String(offset) };
    const { status, headers, body } = await this.broker
      .request({ method: 'GET', path: 'entities', query, signal: limit })
      .catch((error: unknown) => {
        throw new ConnectionOver(failureOf(error).reason);
      });
    if (status !== 200) throw new ConnectionOver(`it answered with HTTP ${status}`, retryAfterMs(headers['retry-after']) ?? intervalMs);
    if (body === undefined) throw new ConnectionOver('its answer broke off, or has more than 8 MB', intervalMs);
    const entities = read(body);
    if (entities === undefined) throw new ConnectionOver('it did not answer with entities', intervalMs);
    return entities;
  }

  private async bring(entities: ReadonlyMap<string, string>): Promise<void> {
    const next = new Map<string, string>();
    const brought: Promise<void>[] = [];
    for (const [id, text] of entities) {
      const digest = createHash('sha256').update(text).digest('base64url');
      const before = this.seen.get(id);
      next.set(id, digest);
      if (before === digest) continue;
      this.changes += 1;
      const document = { document: Buffer.from(text), mediaType: 'application/json', orderingKey: id };
      const work = this.listener.received({ ...document, identity: `${id} ${this.changes} ${digest}`, position: String(this.changes) });
      brought.push(
        work.then(({ kind }) => {
          // Only while closing; whoever listens next brings it.
          if (kind === 'later') next.delete(id);
        }),
      );
    }
    await Promise.all(brought);
    this.seen = next;
  }
}

/** An entity, whatever else it has. */
export interface Entity {
  readonly id: string;
}

/** Whether a value is an entity: an object with an id. */
export function isEntity(value: unknown): value is Entity {
  return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string';
}

function read(body: Buffer): readonly Entity[] | undefined {
  try {
    const entities = parseExact(body.toString('utf8'));
    return Array.isArray(entities) && entities.every(isEntity) ? entities : undefined;
  } catch {
    return undefined;
  }
}
