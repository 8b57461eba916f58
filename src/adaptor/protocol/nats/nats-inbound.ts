import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { InboundBinding, InboundListener, InboundProtocol, InboundSession, Probe, WireLoss } from '../inbound-protocol.js';
import { SettingsReader } from '../settings-reader.js';
import { untilAborted } from '../wire/kept-link.js';
import { closeNats, natsConnection, natsReason } from './nats-connection.js';
import { NatsInboundSession } from './nats-inbound-session.js';
import { faultsOfNatsBinding, NATS_INBOUND, type NatsBindingSettings } from './nats-settings.js';
import { streamOf } from './nats-stream.js';

/** Documents from NATS. */
export class NatsInbound implements InboundProtocol {
  readonly name = 'nats';
  readonly credentials = Object.keys(NATS_INBOUND.credentials);
  private readonly reader: SettingsReader<NatsBindingSettings>;

  constructor(private readonly guard: OutboundGuard) {
    const further = (settings: NatsBindingSettings) => faultsOfNatsBinding(settings, (address) => guard.permits(address));
    this.reader = new SettingsReader('the NATS binding', NATS_INBOUND.settings, further);
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    return { ...this.reader.read(settings) };
  }

  losses(settings: unknown): readonly WireLoss[] {
    const { jetStream } = settings as NatsBindingSettings;
    if (jetStream) return [{ kind: 'order-not-kept', detail: 'what a stream delivers again comes after newer messages' }];
    return [
      {
        kind: 'gaps-possible',
        detail: 'core NATS forgets what is said while nobody listens, and what a slow listener does not keep up with',
      },
      { kind: 'duplicates-possible', detail: 'messages without the header Nats-Msg-Id have no identity' },
    ];
  }

  open(binding: InboundBinding, listener: InboundListener): InboundSession {
    return new NatsInboundSession(this.guard, binding, listener);
  }

  /** Connects, and with JetStream asks whether the stream is there. */
  async probe({ settings, credentials }: InboundBinding, signal: AbortSignal): Promise<Probe> {
    const server = settings as NatsBindingSettings;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(server.timeoutMs)]);
    try {
      const connection = await natsConnection(this.guard, server, credentials, limit);
      try {
        if (server.jetStream) {
          const streams = await untilAborted(connection.jetstreamManager({ timeout: server.timeoutMs }), limit);
          await untilAborted(streams.streams.info(await streamOf(streams, server)), limit);
        }
      } finally {
        await closeNats(connection);
      }
      return { kind: 'reached' };
    } catch (error) {
      return { kind: 'failed', reason: natsReason(error) };
    }
  }
}
