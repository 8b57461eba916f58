import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { HttpOutbound } from '../http/http-outbound.js';
import { bodyOf, credentialHeaders, HttpWire } from '../http-wire.js';
import { outcomeOf } from '../http-answer.js';
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
import { faultsOfThing, WOT_OUTBOUND, type WotOutboundSettings } from './wot-settings.js';

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

  open(endpoint: OutboundEndpoint): OutboundSession {
    return new WotOutboundSession(this.guard, endpoint);
  }
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
      for (const name of Object.values(this.settings.affordances)) {
        const kind = thing.kindOf(name);
        if (kind === undefined) return { kind: 'refused', reason: `the thing has no affordance ${name}` };
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
      const { name, kind, operation } = this.affordance(thing, delivery);
      const form = thing.form(kind, name, operation);
      const outcome = operation === 'readproperty' ? await this.readProperty(form, limit) : await this.session(form).send(delivery, limit);
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

  private affordance(
    thing: ThingDescription,
    { subject = '', action }: OutboundDelivery,
  ): { name: string; kind: AffordanceKind; operation: ThingOperation } {
    const { affordances } = this.settings;
    const name = Object.hasOwn(affordances, subject) ? (affordances[subject] ?? subject) : subject;
    const kind = thing.kindOf(name);
    if (kind === 'action') return { name, kind, operation: 'invokeaction' };
    if (kind === 'property') return { name, kind, operation: action === 'RETRIEVE' ? 'readproperty' : 'writeproperty' };
    throw new ThingFault(`the thing has no property or action ${name}`, '');
  }

  private async readProperty(form: ThingForm, signal: AbortSignal): Promise<SendOutcome> {
    if (form.protocol !== 'http') return { kind: 'retry', fault: 'message', reason: 'over MQTT, a property cannot be read' };
    const credentials = shownTo(form.security, this.endpoint.credentials ?? {});
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
  private session(form: ThingForm): OutboundSession {
    const key = `${form.method} ${form.url.href} ${form.topic}`;
    const found = this.sessions.get(key);
    if (found !== undefined) return found;
    const { keys, id } = this.endpoint;
    const credentials = shownTo(form.security, this.endpoint.credentials ?? {});
    const endpoint = { keys, credentials, ...(id === undefined ? {} : { id }) };
    const opened =
      form.protocol === 'http'
        ? this.over(new HttpOutbound(this.guard), endpoint, this.httpSettings(form))
        : this.over(new MqttOutbound(this.guard), endpoint, this.mqttSettings(form));
    this.sessions.set(key, opened);
    return opened;
  }

  private over(protocol: OutboundProtocol, endpoint: Omit<OutboundEndpoint, 'settings'>, settings: unknown): OutboundSession {
    return protocol.open({ ...endpoint, settings: protocol.read(settings) });
  }

  private httpSettings(form: ThingForm): unknown {
    const { timeoutMs } = this.settings;
    const apiKeyHeader = headerOf(form);
    const fixed = {
      url: form.url.href,
      method: form.method,
      content: 'payload',
      answers: 'result',
      mediaType: form.contentType,
      timeoutMs,
    };
    return { ...fixed, ...(apiKeyHeader === undefined ? {} : { apiKeyHeader }) };
  }

  private mqttSettings({ url, topic, qos, retain, contentType }: ThingForm): unknown {
    const { timeoutMs } = this.settings;
    return {
      url: `${url.protocol}//${url.host}`,
      topic,
      qos,
      retain,
      content: 'payload',
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
