import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { outcomeOf } from '../http-answer.js';
import type { WireLoss } from '../inbound-protocol.js';
import { failureOf } from '../no-answer.js';
import { contentOf } from '../outbound-content.js';
import type {
  OutboundDelivery,
  OutboundEndpoint,
  OutboundProtocol,
  OutboundSession,
  SendOutcome,
  Verification,
} from '../outbound-protocol.js';
import { SettingsReader } from '../settings-reader.js';
import { type ContextAnswer, ContextBroker, type ContextRequest } from './context-broker.js';
import { faultsOfNgsiLdServer, NGSI_LD_OUTBOUND, type NgsiLdEndpointSettings } from './ngsi-ld-settings.js';

/** Deliveries as entities of a context broker. */
export class NgsiLdOutbound implements OutboundProtocol {
  readonly name = 'ngsi-ld';
  readonly credentials = Object.keys(NGSI_LD_OUTBOUND.credentials);
  private readonly reader: SettingsReader<NgsiLdEndpointSettings>;

  constructor(private readonly guard: OutboundGuard) {
    const further = (settings: NgsiLdEndpointSettings) => faultsOfNgsiLdServer(settings, (address) => guard.permits(address));
    this.reader = new SettingsReader('the NGSI-LD endpoint', NGSI_LD_OUTBOUND.settings, further);
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    return { ...this.reader.read(settings) };
  }

  limits(settings: unknown): { maxInFlight: number; timeoutMs: number } {
    const { maxInFlight, timeoutMs } = settings as NgsiLdEndpointSettings;
    return { maxInFlight, timeoutMs };
  }

  losses(settings: unknown): readonly WireLoss[] {
    // What is created twice is refused the second time, and the first is told once.
    if ((settings as NgsiLdEndpointSettings).operation === 'create') return [];
    return [
      { kind: 'gaps-possible', detail: 'an entity holds the newest value of each attribute: who reads it later does not see those before' },
      { kind: 'duplicates-possible', detail: 'entities do not name deliveries: one that comes again is told to subscribers again' },
      { kind: 'order-not-kept', detail: 'a request that was given up may take effect after a newer one, and sets older values' },
    ];
  }

  open({ settings, credentials = {} }: OutboundEndpoint): OutboundSession {
    const server = settings as NgsiLdEndpointSettings;
    return new NgsiLdOutboundSession(new ContextBroker(this.guard, server, credentials), server);
  }
}

type Asked = Omit<ContextRequest, 'signal'>;

class NgsiLdOutboundSession implements OutboundSession {
  private readonly closing = new AbortController();

  constructor(
    private readonly broker: ContextBroker,
    private readonly settings: NgsiLdEndpointSettings,
  ) {}

  /** Agreed is a context broker that lets us ask for its types. */
  async verify(signal?: AbortSignal): Promise<Verification> {
    try {
      const { status } = await this.broker.request({ method: 'GET', path: 'types', signal: this.limit(signal) });
      return status >= 200 && status < 300 ? { kind: 'agreed' } : { kind: 'refused', reason: `it answered with HTTP ${status}` };
    } catch (error) {
      return { kind: 'refused', reason: failureOf(error).reason };
    }
  }

  async send(delivery: OutboundDelivery, signal?: AbortSignal): Promise<SendOutcome> {
    const asked = this.asked(delivery);
    if (typeof asked === 'string') return { kind: 'retry', fault: 'message', reason: asked };
    try {
      const { traceparent } = delivery;
      const trace = traceparent === undefined ? {} : { traceparent };
      const answer = await this.broker.request({ ...asked, ...trace, signal: this.limit(signal) });
      return outcome(asked, answer, delivery);
    } catch (error) {
      return { kind: 'retry', ...failureOf(error) };
    }
  }

  close(): Promise<void> {
    this.closing.abort();
    this.broker.close();
    return Promise.resolve();
  }

  /** The request of a delivery; a text says why there is none. */
  private asked(delivery: OutboundDelivery): Asked | string {
    if (delivery.action === 'PING') return { method: 'GET', path: 'types' };
    if (delivery.action === 'RETRIEVE') return retrieval(delivery);
    const body = contentOf(delivery, 'payload') ?? Buffer.alloc(0);
    const given: unknown = JSON.parse(body.toString());
    const entities: unknown[] = Array.isArray(given) ? given : [given];
    if (entities.length === 0 || !entities.every(isEntity)) return 'its payload is no NGSI-LD entity: an object with id and type';
    const contexts = entities.filter((entity) => '@context' in entity).length;
    if (contexts > 0 && contexts < entities.length) return 'some of its entities have a context, and some have none';
    const how = { body, hasContext: contexts > 0 };
    switch (this.settings.operation) {
      case 'upsert': {
        // Digits as they were: the text is put into an array, not written anew.
        const array = Array.isArray(given) ? body : Buffer.concat([Buffer.from('['), body, Buffer.from(']')]);
        return { method: 'POST', path: 'entityOperations/upsert', query: { options: 'update' }, ...how, body: array };
      }
      case 'create':
        return Array.isArray(given) ? 'its payload is several entities; create takes one' : { method: 'POST', path: 'entities', ...how };
      case 'update': {
        const [entity] = entities;
        if (Array.isArray(given) || !isEntity(entity)) return 'its payload is several entities; update takes one';
        return { method: 'PATCH', path: `entities/${encodeURIComponent(entity.id)}/attrs`, ...how };
      }
    }
  }

  private limit(signal?: AbortSignal): AbortSignal {
    const signals = [AbortSignal.timeout(this.settings.timeoutMs), this.closing.signal];
    return AbortSignal.any(signal === undefined ? signals : [...signals, signal]);
  }
}

function isEntity(value: unknown): value is { readonly id: string; readonly type: unknown } {
  return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string' && 'type' in value;
}

/** A RETRIEVE reads the entity that its parameters, or its payload, name by `id`. */
function retrieval({ text }: OutboundDelivery): Asked | string {
  const { data = {} } = JSON.parse(text) as { data?: { parameters?: { id?: unknown }; payload?: unknown } };
  const { id = (data.payload as { id?: unknown } | undefined)?.id } = data.parameters ?? {};
  return typeof id === 'string' && id !== ''
    ? { method: 'GET', path: `entities/${encodeURIComponent(id)}` }
    : 'it names no entity: data.parameters.id';
}

function outcome({ method }: Asked, { status, headers, body }: ContextAnswer, { answerBy }: OutboundDelivery): SendOutcome {
  // Some of the entities were not stored (5.6.8): the next attempt may find what is missing, or not.
  if (status === 207) return { kind: 'retry', fault: 'message', reason: 'it did not take every entity (HTTP 207)' };
  const { kind, ...rest } = outcomeOf({ status, headers });
  if (kind !== 'accepted') return { kind, ...rest } as SendOutcome;
  if (answerBy === undefined || method !== 'GET') return { kind: 'accepted' };
  if (body === undefined) return { kind: 'retry', fault: 'endpoint', reason: 'its answer broke off, or has more than 8 MB' };
  return { kind: 'accepted', result: { document: body, mediaType: headers['content-type'] ?? 'application/json' } };
}
