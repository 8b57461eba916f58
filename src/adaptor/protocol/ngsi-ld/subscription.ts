import { retryAfterMs } from '../http-answer.js';
import { type NotificationAddress, NOTIFICATION_SECRET_HEADER } from '../inbound-protocol.js';
import { failureOf } from '../no-answer.js';
import { ConnectionOver } from '../reconnecting.js';
import type { ContextAnswer, ContextBroker, ContextRequest } from './context-broker.js';
import type { NgsiLdBindingSettings } from './ngsi-ld-settings.js';

/** How long a subscription lives without being renewed, at least: a broker that is gone for good is told nothing for no longer. */
export const LIFETIME_MS = 600_000;
const LOOKS_PER_LIFETIME = 3;
/** How long deleting may hold up the end of a session. */
const DELETE_MS = 3_000;
const DELETE_TRIES = 2;

/** How a subscription is: as it should be, no more there, or there but without its notifications reaching the broker. */
export type SubscriptionState = { readonly kind: 'stands' | 'missing' } | { readonly kind: 'failing'; readonly detail: string };

/** The subscription of a binding at its context broker (ETSI GS CIM 009, 5.8), under a name that outlives the session. */
export class Subscription {
  private readonly lifetimeMs: number;
  private id: string;

  constructor(
    private readonly broker: ContextBroker,
    private readonly settings: NgsiLdBindingSettings,
    private readonly address: NotificationAddress,
  ) {
    this.lifetimeMs = Math.max(LIFETIME_MS, LOOKS_PER_LIFETIME * settings.intervalMs);
    this.id = `urn:ngsi-ld:Subscription:twinfed-${address.id}`;
  }

  /** Makes it, in place of one that a former session left. @throws ConnectionOver */
  async make(signal: AbortSignal): Promise<void> {
    let answer = await this.post(signal);
    if (answer.status === 409) {
      await this.ask({ method: 'DELETE', path: this.path }, signal);
      answer = await this.post(signal);
    }
    if (answer.status !== 201) throw this.over('did not take the subscription', answer);
    // A context broker that names it by itself says how.
    const named = answer.headers.location?.split('/').at(-1);
    if (named !== undefined && named !== '') this.id = decoded(named);
  }

  /** Looks whether it is as it should be, and renews it in time. @throws ConnectionOver */
  async check(signal: AbortSignal): Promise<SubscriptionState> {
    const answer = await this.ask({ method: 'GET', path: this.path }, signal);
    if (answer.status === 404) return { kind: 'missing' };
    if (answer.status !== 200) throw this.over('did not show the subscription', answer);
    const { status, isActive, expiresAt, notification = {} } = documentOf(answer.body);
    const isOver = isActive === false || status === 'paused' || status === 'expired';
    const failed = Number(notification.timesFailed ?? 0) > 0 || notification.lastFailure !== undefined || notification.status === 'failed';
    if (failed) return { kind: 'failing', detail: 'it says that notifications did not reach the broker' };
    if (isOver) return { kind: 'missing' };
    const leftMs = typeof expiresAt === 'string' ? Date.parse(expiresAt) - Date.now() : 0;
    return leftMs < (this.lifetimeMs * (LOOKS_PER_LIFETIME - 1)) / LOOKS_PER_LIFETIME ? this.renew(signal) : { kind: 'stands' };
  }

  /** Deletes it, if that can be done soon; otherwise it ends by itself. */
  async delete(): Promise<void> {
    const signal = AbortSignal.timeout(DELETE_MS);
    for (let n = 0; n < DELETE_TRIES; n += 1) {
      const answer = await this.ask({ method: 'DELETE', path: this.path }, signal).catch(() => undefined);
      if (answer !== undefined && answer.status < 500) return;
    }
  }

  private async renew(signal: AbortSignal): Promise<SubscriptionState> {
    const answer = await this.ask(
      { method: 'PATCH', path: this.path, body: Buffer.from(JSON.stringify({ expiresAt: this.expiry() })) },
      signal,
    );
    // What cannot be renewed is made anew.
    return answer.status >= 400 && answer.status < 500 ? { kind: 'missing' } : { kind: 'stands' };
  }

  private get path(): string {
    return `subscriptions/${encodeURIComponent(this.id)}`;
  }

  private expiry(): string {
    return new Date(Date.now() + this.lifetimeMs).toISOString();
  }

  private post(signal: AbortSignal): Promise<ContextAnswer> {
    const { types, ids, attributes, query, representation, secretIn } = this.settings;
    const { id, url, secret, secretUrl } = this.address;
    const chosen = types.flatMap((type) => (ids.length === 0 ? [{ type }] : ids.map((each) => ({ id: each, type }))));
    const endpoint =
      secretIn === 'path' ? { uri: secretUrl } : { uri: url, receiverInfo: [{ key: NOTIFICATION_SECRET_HEADER, value: secret }] };
    const document = {
      id: `urn:ngsi-ld:Subscription:twinfed-${id}`,
      type: 'Subscription',
      ...(chosen.length === 0 ? {} : { entities: chosen }),
      ...(attributes.length === 0 ? {} : { watchedAttributes: attributes }),
      ...(query === undefined ? {} : { q: query }),
      notification: {
        ...(attributes.length === 0 ? {} : { attributes }),
        format: representation,
        endpoint: { ...endpoint, accept: 'application/json' },
      },
      expiresAt: this.expiry(),
    };
    return this.ask({ method: 'POST', path: 'subscriptions', body: Buffer.from(JSON.stringify(document)) }, signal);
  }

  private async ask(request: Omit<ContextRequest, 'signal'>, signal: AbortSignal): Promise<ContextAnswer> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.settings.timeoutMs)]);
    try {
      return await this.broker.request({ ...request, signal: limit });
    } catch (error) {
      throw new ConnectionOver(failureOf(error).reason);
    }
  }

  private over(what: string, { status, headers }: ContextAnswer): ConnectionOver {
    return new ConnectionOver(`it ${what} (HTTP ${status})`, retryAfterMs(headers['retry-after']) ?? this.settings.intervalMs);
  }
}

interface SubscriptionDocument {
  readonly status?: unknown;
  readonly isActive?: unknown;
  readonly expiresAt?: unknown;
  readonly notification?: { readonly status?: unknown; readonly timesFailed?: unknown; readonly lastFailure?: unknown };
}

function documentOf(body: Buffer | undefined): SubscriptionDocument {
  try {
    const document: unknown = JSON.parse(body?.toString('utf8') ?? 'null');
    return typeof document === 'object' && document !== null ? document : {};
  } catch {
    return {};
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
