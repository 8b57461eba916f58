import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { HttpOutbound } from '../http/http-outbound.js';
import { bodyOf, credentialHeaders, HttpWire } from '../http-wire.js';
import { outcomeOf } from '../http-answer.js';
import type { WireLoss } from '../inbound-protocol.js';
import { MqttOutbound } from '../mqtt/mqtt-outbound.js';
import { failureOf } from '../no-answer.js';
import type {
  OutboundDelivery,
  OutboundEndpoint,
  OutboundProtocol,
  OutboundSession,
  SendOutcome,
  Verification,
} from '../outbound-protocol.js';
import { SettingsReader } from '../settings-reader.js';
import { ThingFault, type AffordanceKind, type ThingDescription, type ThingForm, type ThingOperation } from './thing-description.js';
import { shownTo, thingOf } from './thing-source.js';
import { faultsOfThing, mayBeOverMqtt, WOT_OUTBOUND, type WotOutboundSettings } from './wot-settings.js';

const MAX_ANSWER_BYTES = 1024 * 1024;

/** Deliveries as operations on a thing: properties are written and, for RETRIEVE, read; actions are invoked. */
export class WotOutbound implements OutboundProtocol {
  readonly name = 'wot';
  readonly credentials = Object.keys(WOT_OUTBOUND.credentials);
  private readonly reader: SettingsReader<WotOutboundSettings>;

  constructor(private readonly guard: OutboundGuard) {
    const further = (settings: WotOutboundSettings) => faultsOfThing(settings, (address) => guard.permits(address));
    this.reader = new SettingsReader('the WoT endpoint', WOT_OUTBOUND.settings, further);
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    return { ...this.reader.read(settings) };
  }

  limits(settings: unknown): { maxInFlight: number; timeoutMs: number } {
    const { maxInFlight, timeoutMs } = settings as WotOutboundSettings;
    return { maxInFlight, timeoutMs };
  }

  losses(settings: unknown): readonly WireLoss[] {
    return [
      { kind: 'duplicates-possible', detail: 'things do not know deliveries: what comes again is written, or done, again' },
      { kind: 'order-not-kept', detail: 'an operation that was given up may take effect after a newer one' },
      ...(mayBeOverMqtt(settings as WotOutboundSettings)
        ? [{ kind: 'gaps-possible', detail: 'over forms of MQTT, what is published while the thing is away is lost' } as const]
        : []),
    ];
  }

  open(endpoint: OutboundEndpoint): OutboundSession {
    return new WotOutboundSession(this.guard, endpoint);
  }
}

/** What is done on a thing for a delivery, and what of it is sent. */
interface ChosenOperation {
  readonly name: string;
  readonly kind: AffordanceKind;
  readonly operation: ThingOperation;
  readonly content: 'payload' | 'message';
}

class WotOutboundSession implements OutboundSession {
  private readonly closing = new AbortController();
  private readonly settings: WotOutboundSettings;
  private readonly sessions = new Map<string, OutboundSession>();
  private thing: Promise<ThingDescription> | undefined;

  constructor(
    private readonly guard: OutboundGuard,
    private readonly endpoint: OutboundEndpoint,
  ) {
    this.settings = endpoint.settings as WotOutboundSettings;
  }

  /** Agreed is a thing whose description is there and names what the broker can do. */
  async verify(signal?: AbortSignal): Promise<Verification> {
    try {
      const thing = await this.description(this.limit(signal));
      const { affordances, messages } = this.settings;
      for (const name of Object.values(affordances)) {
        const kind = thing.kindOf(name);
        if (kind === undefined) return { kind: 'refused', reason: `the thing has no affordance ${name}` };
      }
      if (messages !== undefined && thing.kindOf(messages) !== 'action') {
        return { kind: 'refused', reason: `the thing has no action ${messages}` };
      }
      return { kind: 'agreed' };
    } catch (error) {
      return { kind: 'refused', reason: reasonOf(error) };
    }
  }

  async send(delivery: OutboundDelivery, signal?: AbortSignal): Promise<SendOutcome> {
    const limit = this.limit(signal);
    let thing: ThingDescription;
    try {
      thing = await this.description(limit);
    } catch (error) {
      return { kind: 'retry', fault: 'not-taken', reason: reasonOf(error) };
    }
    if (delivery.action === 'PING') return { kind: 'accepted' };
    try {
      const { name, kind, operation, content } = this.affordance(thing, delivery);
      const form = thing.form(kind, name, operation);
      const outcome =
        operation === 'readproperty' ? await this.readProperty(form, limit) : await this.session(form, content).send(delivery, limit);
      // What an action gives back is awaited by who asked; others await nothing.
      return outcome.kind === 'accepted' && delivery.answerBy === undefined ? { kind: 'accepted' } : outcome;
    } catch (error) {
      return { kind: 'retry', fault: 'message', reason: reasonOf(error) };
    }
  }

  async close(): Promise<void> {
    this.closing.abort();
    for (const session of this.sessions.values()) await session.close();
  }

  private description(limit: AbortSignal): Promise<ThingDescription> {
    const { credentials = {} } = this.endpoint;
    limit.throwIfAborted();
    this.thing ??= thingOf(this.guard, this.settings, credentials, limit).catch((error: unknown) => {
      this.thing = undefined;
      throw error;
    });
    return this.thing;
  }

  private affordance(thing: ThingDescription, delivery: OutboundDelivery): ChosenOperation {
    const { subject = '', action } = delivery;
    const { affordances, messages } = this.settings;
    if (messages !== undefined && !isOperation(delivery)) return wholeMessage(messages);
    const name = Object.hasOwn(affordances, subject) ? (affordances[subject] ?? subject) : subject;
    const kind = thing.kindOf(name);
    if (kind === 'action') return { name, kind, operation: 'invokeaction', content: 'payload' };
    if (kind === 'property') return { name, kind, operation: action === 'RETRIEVE' ? 'readproperty' : 'writeproperty', content: 'payload' };
    if (messages !== undefined) return wholeMessage(messages);
    throw new ThingFault(`the thing has no property or action ${name}`, '');
  }

  private async readProperty(form: ThingForm, signal: AbortSignal): Promise<SendOutcome> {
    if (form.protocol !== 'http') return { kind: 'retry', fault: 'message', reason: 'over MQTT, a property cannot be read' };
    const credentials = shownTo(form, this.endpoint.credentials ?? {});
    const wire = new HttpWire(this.guard, credentials);
    try {
      const headers = { accept: form.contentType, ...credentialHeaders(credentials, headerOf(form)) };
      const answer = await wire.request({ method: form.method, url: form.url, headers, signal });
      const document = await bodyOf(answer, MAX_ANSWER_BYTES);
      const outcome = outcomeOf({ status: answer.statusCode ?? 0, headers: answer.headers });
      if (outcome.kind !== 'accepted') return outcome;
      if (document === undefined) return { kind: 'retry', fault: 'endpoint', reason: 'its answer broke off, or has more than 1 MB' };
      return { kind: 'accepted', result: { document, mediaType: answer.headers['content-type'] ?? form.contentType } };
    } catch (error) {
      return { kind: 'retry', ...failureOf(error) };
    } finally {
      wire.close();
    }
  }

  /** The way to a form, by the protocol that it is of. */
  private session(form: ThingForm, content: ChosenOperation['content']): OutboundSession {
    const key = `${content} ${form.method} ${form.url.href} ${form.topic}`;
    const found = this.sessions.get(key);
    if (found !== undefined) return found;
    const { keys, id } = this.endpoint;
    const credentials = shownTo(form, this.endpoint.credentials ?? {});
    const endpoint = { keys, credentials, ...(id === undefined ? {} : { id }) };
    const opened =
      form.protocol === 'http'
        ? this.over(new HttpOutbound(this.guard), endpoint, this.httpSettings(form, content))
        : this.over(new MqttOutbound(this.guard), endpoint, this.mqttSettings(form, content));
    this.sessions.set(key, opened);
    return opened;
  }

  private over(protocol: OutboundProtocol, endpoint: Omit<OutboundEndpoint, 'settings'>, settings: unknown): OutboundSession {
    return protocol.open({ ...endpoint, settings: protocol.read(settings) });
  }

  private httpSettings(form: ThingForm, content: ChosenOperation['content']): unknown {
    const { timeoutMs } = this.settings;
    const apiKeyHeader = headerOf(form);
    const fixed = {
      url: form.url.href,
      method: form.method,
      content,
      answers: 'result',
      mediaType: form.contentType,
      timeoutMs,
    };
    return { ...fixed, ...(apiKeyHeader === undefined ? {} : { apiKeyHeader }) };
  }

  private mqttSettings({ url, topic, qos, retain, contentType }: ThingForm, content: ChosenOperation['content']): unknown {
    const { timeoutMs } = this.settings;
    return {
      url: `${url.protocol}//${url.host}`,
      topic,
      qos,
      retain,
      content,
      mediaType: contentType,
      timeoutMs,
      version: '3.1.1',
    };
  }

  private limit(signal?: AbortSignal): AbortSignal {
    const signals = [AbortSignal.timeout(this.settings.timeoutMs), this.closing.signal];
    return AbortSignal.any(signal === undefined ? signals : [...signals, signal]);
  }
}

/** Whether a delivery is a value, or asks for one or for an action. A RESPONSE, which nobody awaits an answer to, is about those too, but none of them. */
function isOperation({ action, answerBy }: OutboundDelivery): boolean {
  if (action === 'NOTIFY' || action === 'PROVIDE') return true;
  return (action === 'RETRIEVE' || action === 'INVOKE') && answerBy !== undefined;
}

function wholeMessage(name: string): ChosenOperation {
  return { name, kind: 'action', operation: 'invokeaction', content: 'message' };
}

function headerOf({ security }: ThingForm): string | undefined {
  return security.scheme === 'apikey' ? security.header : undefined;
}

/** Why a thing cannot be dealt with, in words. */
export function reasonOf(error: unknown): string {
  const { name, detail, pointer } = (error ?? {}) as { name?: unknown; detail?: unknown; pointer?: unknown };
  if (name === 'ThingFault') return pointer === '' ? String(detail) : `${String(detail)} (${String(pointer)})`;
  if (name === 'DomainError') return String(detail);
  return failureOf(error).reason;
}
