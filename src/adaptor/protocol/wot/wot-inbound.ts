import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { HttpInbound } from '../http/http-inbound.js';
import type { InboundBinding, InboundListener, InboundProtocol, InboundSession, Probe, WireLoss } from '../inbound-protocol.js';
import { MqttInbound } from '../mqtt/mqtt-inbound.js';
import { type Attempt, ConnectionOver, Reconnecting } from '../reconnecting.js';
import { SettingsReader } from '../settings-reader.js';
import type { ThingForm } from './thing-description.js';
import { shownTo, thingOf } from './thing-source.js';
import { LongPolling } from './wot-long-poll.js';
import { reasonOf } from './wot-outbound.js';
import { faultsOfWotBinding, formOfBinding, mayBeOverMqtt, WOT_INBOUND, type WotInboundSettings } from './wot-settings.js';

const PROBE_MS = 10_000;

/** Values of a property, or events, of a thing, by the protocol of the form. */
export class WotInbound implements InboundProtocol {
  readonly name = 'wot';
  readonly credentials = Object.keys(WOT_INBOUND.credentials);
  private readonly reader: SettingsReader<WotInboundSettings>;

  constructor(private readonly guard: OutboundGuard) {
    const further = (settings: WotInboundSettings) => faultsOfWotBinding(settings, (address) => guard.permits(address));
    this.reader = new SettingsReader('the WoT binding', WOT_INBOUND.settings, further);
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    return { ...this.reader.read(settings) };
  }

  losses(settings: unknown): readonly WireLoss[] {
    const { event, by, intervalMs } = settings as WotInboundSettings;
    if (event === undefined && by === 'poll') {
      return [
        { kind: 'gaps-possible', detail: `of several changes within ${intervalMs} ms only the last is seen` },
        ...(mayBeOverMqtt(settings as WotInboundSettings)
          ? [{ kind: 'duplicates-possible', detail: 'where its form is of MQTT, nothing names what comes' } as const]
          : []),
      ];
    }
    return [
      { kind: 'gaps-possible', detail: 'over HTTP, what happens between two long polls is lost; over MQTT, what a broker does not keep' },
      { kind: 'duplicates-possible', detail: 'neither long polls nor MQTT 3.1.1 name what they bring' },
    ];
  }

  open(binding: InboundBinding, listener: InboundListener): InboundSession {
    return new WotInboundSession(this.guard, binding, listener);
  }

  async probe(binding: InboundBinding, signal: AbortSignal): Promise<Probe> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]);
    try {
      const { protocol, delegate } = await delegation(this.guard, binding, limit);
      return protocol === undefined ? { kind: 'reached' } : await protocol.probe(delegate, limit);
    } catch (error) {
      return { kind: 'failed', reason: reasonOf(error) };
    }
  }
}

/** Who listens in the broker's name; without a protocol, it is a long poll of the form. */
interface Delegation {
  readonly form: ThingForm;
  readonly protocol?: InboundProtocol;
  readonly delegate: InboundBinding;
}

/** @throws ThingFault, NoAnswer, DomainError */
async function delegation(guard: OutboundGuard, binding: InboundBinding, signal: AbortSignal): Promise<Delegation> {
  const settings = binding.settings as WotInboundSettings;
  const form = formOfBinding(await thingOf(guard, settings, binding.credentials, signal), settings);
  const credentials = shownTo(form, binding.credentials);
  const through = (protocol: InboundProtocol, given: unknown): Delegation => {
    return { form, protocol, delegate: { ...binding, credentials, settings: protocol.read(given) } };
  };
  if (form.protocol === 'mqtt') {
    const { url, topic, qos } = form;
    return through(new MqttInbound(guard), { url: `${url.protocol}//${url.host}`, topics: [topic], qos, version: '3.1.1' });
  }
  if (form.longPoll) return { form, delegate: { ...binding, credentials } };
  const { intervalMs, timeoutMs } = settings;
  const header = form.security.scheme === 'apikey' ? { apiKeyHeader: form.security.header } : {};
  return through(new HttpInbound(guard), { url: form.url.href, intervalMs, timeoutMs, accept: form.contentType, ...header });
}

/** Gets the description, and lets the protocol of its form listen. */
class WotInboundSession implements InboundSession {
  private readonly preparing: Reconnecting;

  constructor(
    private readonly guard: OutboundGuard,
    private readonly binding: InboundBinding,
    private readonly listener: InboundListener,
  ) {
    // Told of by whoever listens in the end; until then, by us.
    this.preparing = new Reconnecting({ changed: (news, reason) => this.listener.changed(news, reason) }, (attempt) =>
      this.listen(attempt),
    );
  }

  close(): Promise<void> {
    return this.preparing.close();
  }

  private async listen({ signal }: Attempt): Promise<void> {
    let found: Delegation;
    try {
      found = await delegation(this.guard, this.binding, signal);
    } catch (error) {
      throw new ConnectionOver(reasonOf(error));
    }
    const { protocol, delegate, form } = found;
    const listener = this.goingOn();
    const session = protocol?.open(delegate, listener) ?? new LongPolling(this.guard, form, delegate.credentials, listener);
    if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await session.close();
  }

  /** The listener, for who connects where connecting has been told already. */
  private goingOn(): InboundListener {
    let isFirst = true;
    return {
      received: (document) => this.listener.received(document),
      changed: (news, reason) => {
        if (!(isFirst && news === 'connecting')) this.listener.changed(news, reason);
        isFirst = false;
      },
    };
  }
}
