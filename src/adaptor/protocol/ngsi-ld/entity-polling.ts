import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { parseExact, stringifyExact } from '../../../kernel/exact-json.js';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { retryAfterMs } from '../http-answer.js';
import type { InboundBinding, InboundListener, InboundSession } from '../inbound-protocol.js';
import { failureOf } from '../no-answer.js';
import { type Attempt, ConnectionOver, Reconnecting } from '../reconnecting.js';
import { ContextBroker } from './context-broker.js';
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

/** Reads all entities of a binding page by page; each that is not as it was is a document, in order by its entity. */
export class EntityPolling implements InboundSession {
  private readonly settings: NgsiLdBindingSettings;
  private readonly broker: ContextBroker;
  private readonly connection: Reconnecting;
  private seen = new Map<string, string>();
  /** Changes so far; an entity may come to be what it was before. */
  private changes: number;

  constructor(
    guard: OutboundGuard,
    binding: InboundBinding,
    private readonly listener: InboundListener,
  ) {
    this.settings = binding.settings as NgsiLdBindingSettings;
    this.broker = new ContextBroker(guard, this.settings, binding.credentials);
    this.changes = Number(binding.position ?? '0');
    this.connection = new Reconnecting(listener, (attempt) => this.poll(attempt));
  }

  async close(): Promise<void> {
    await this.connection.close();
    this.broker.close();
  }

  private async poll({ signal, stands }: Attempt): Promise<void> {
    let isTold = false;
    while (!signal.aborted) {
      const entities = await this.all(signal);
      if (!isTold) stands();
      isTold = true;
      await this.bring(entities);
      await delay(this.settings.intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** @throws ConnectionOver */
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

  private async page(offset: number, signal: AbortSignal): Promise<readonly { readonly id: string }[]> {
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

function read(body: Buffer): readonly { readonly id: string }[] | undefined {
  try {
    const entities = parseExact(body.toString('utf8'));
    const areEntities = Array.isArray(entities) && entities.every((entity) => typeof (entity as { id?: unknown } | null)?.id === 'string');
    return areEntities ? (entities as { id: string }[]) : undefined;
  } catch {
    return undefined;
  }
}
