import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { parseExact, stringifyExact } from '../../src/kernel/exact-json.js';

export type Entity = Record<string, unknown> & { id: string; type: string };
type Representation = 'normalized' | 'concise' | 'keyValues';

/** A subscription as it was posted (ETSI GS CIM 009, 5.2.12), with what the context broker says of it. */
export interface StoredSubscription {
  readonly id: string;
  readonly entities?: readonly { readonly id?: string; readonly type: string }[];
  readonly watchedAttributes?: readonly string[];
  readonly q?: string;
  readonly notification: {
    readonly attributes?: readonly string[];
    readonly format?: Representation;
    readonly endpoint: { readonly uri: string; readonly receiverInfo?: readonly { readonly key: string; readonly value: string }[] };
    timesSent?: number;
    timesFailed?: number;
    lastFailure?: string;
    status?: 'ok' | 'failed';
  };
  expiresAt?: string;
  status?: 'active' | 'paused';
}

/** Subscriptions of a context broker: notifies over real HTTP, once, as context brokers do. */
export class ContextSubscriptions {
  readonly stored = new Map<string, StoredSubscription>();
  /** What receivers answered, in the order of their answers; 0 when there was none. */
  readonly answers: number[] = [];
  private readonly underWay = new Set<Promise<void>>();

  /** Those that are not over. */
  get active(): StoredSubscription[] {
    const now = Date.now();
    return [...this.stored.values()].filter(
      ({ expiresAt, status }) => status !== 'paused' && (expiresAt === undefined || Date.parse(expiresAt) > now),
    );
  }

  /** Whether it is one, under a name of its own. */
  add(document: unknown): { id: string } | { fault: 'bad' | 'there' } {
    const given = document as Partial<StoredSubscription> & { type?: unknown };
    const isComplete = given.type === 'Subscription' && typeof given.notification?.endpoint.uri === 'string';
    const isSelective = (given.entities ?? []).length > 0 || (given.watchedAttributes ?? []).length > 0;
    if (!isComplete || !isSelective) return { fault: 'bad' };
    const { id = `urn:ngsi-ld:Subscription:${randomUUID()}` } = given;
    if (this.stored.has(id)) return { fault: 'there' };
    this.stored.set(id, { ...(given as StoredSubscription), id });
    return { id };
  }

  /** Tells whoever subscribed. @param changed names of the attributes that were written */
  changed(entity: Entity, changed: readonly string[]): void {
    for (const subscription of this.active) {
      if (!fits(subscription, entity, changed)) continue;
      const work = this.notify(subscription, entity).finally(() => this.underWay.delete(work));
      this.underWay.add(work);
    }
  }

  /** Resolves when every notification was answered. */
  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private async notify({ id, notification }: StoredSubscription, entity: Entity): Promise<void> {
    const { endpoint, format = 'normalized', attributes } = notification;
    const body = stringifyExact({
      id: `urn:ngsi-ld:Notification:${randomUUID()}`,
      type: 'Notification',
      subscriptionId: id,
      notifiedAt: new Date().toISOString(),
      data: [represented(entity, format, attributes)],
    });
    const headers = Object.fromEntries((endpoint.receiverInfo ?? []).map(({ key, value }) => [key, value]));
    const status = await post(endpoint.uri, headers, body);
    this.answers.push(status);
    notification.timesSent = (notification.timesSent ?? 0) + 1;
    if (status >= 200 && status < 300) return;
    notification.timesFailed = (notification.timesFailed ?? 0) + 1;
    notification.lastFailure = new Date().toISOString();
    notification.status = 'failed';
  }
}

function fits({ entities, watchedAttributes, q }: StoredSubscription, entity: Entity, changed: readonly string[]): boolean {
  const isChosen = entities === undefined || entities.some(({ id = entity.id, type }) => id === entity.id && type === entity.type);
  const isWatched = watchedAttributes === undefined || watchedAttributes.some((name) => changed.includes(name));
  return isChosen && isWatched && (q === undefined || answers(q, entity));
}

/** Of the query language, one comparison of a number: `speed>50`. */
function answers(q: string, entity: Entity): boolean {
  const [, name = '', operator, bound] = /^(\w+)([<>])(\d+)$/.exec(q) ?? [];
  const value = Number(valueOf(entity[name]));
  return operator === '>' ? value > Number(bound) : value < Number(bound);
}

/** An entity in a representation of 4.5, with some of its attributes; its context goes in a header. */
export function represented(entity: Entity, format: Representation, attributes?: readonly string[]): Record<string, unknown> {
  const { id, type, ...rest } = entity;
  const chosen = Object.entries(rest).filter(([name]) => name !== '@context' && attributes?.includes(name) !== false);
  const shown = chosen.map(([name, value]) => [name, format === 'keyValues' ? valueOf(value) : value] as const);
  return { id, type, ...Object.fromEntries(shown) };
}

function valueOf(attribute: unknown): unknown {
  const { value, object = value } = (attribute ?? {}) as { value?: unknown; object?: unknown };
  return object;
}

function post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<number> {
  return new Promise((resolve) => {
    const sent = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers };
    const request = httpRequest(url, { method: 'POST', headers: sent, agent: false }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode ?? 0));
      answer.once('error', () => resolve(0));
    });
    request.once('error', () => resolve(0));
    request.end(body);
  });
}

/** A body as it was written, digits and all. */
export function bodyOf(chunks: readonly Buffer[]): unknown {
  return chunks.length === 0 ? undefined : parseExact(Buffer.concat(chunks).toString());
}
