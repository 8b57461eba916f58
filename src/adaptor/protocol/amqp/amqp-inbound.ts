import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { InboundBinding, InboundListener, InboundProtocol, InboundSession, Probe, WireLoss } from '../inbound-protocol.js';
import { SettingsReader } from '../settings-reader.js';
import { untilAborted } from '../wire/kept-link.js';
import { wireReason } from '../wire/wire-fault.js';
import { amqpConnection, amqpReply, closeAmqp } from './amqp-connection.js';
import { AmqpInboundSession } from './amqp-inbound-session.js';
import { AMQP_INBOUND, type AmqpBindingSettings, faultsOfAmqpBinding } from './amqp-settings.js';

/** Documents consumed from a queue of an AMQP server. */
export class AmqpInbound implements InboundProtocol {
  readonly name = 'amqp';
  readonly credentials = Object.keys(AMQP_INBOUND.credentials);
  private readonly reader: SettingsReader<AmqpBindingSettings>;

  constructor(private readonly guard: OutboundGuard) {
    const further = (settings: AmqpBindingSettings) => faultsOfAmqpBinding(settings, (address) => guard.permits(address));
    this.reader = new SettingsReader('the AMQP binding', AMQP_INBOUND.settings, further);
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    return { ...this.reader.read(settings) };
  }

  losses(): readonly WireLoss[] {
    return [
      {
        kind: 'duplicates-possible',
        detail: 'messages without the property message-id have no identity: what the server delivers again counts anew',
      },
      { kind: 'order-not-kept', detail: 'what the server delivers again after the connection broke may come after newer messages' },
    ];
  }

  open(binding: InboundBinding, listener: InboundListener): InboundSession {
    return new AmqpInboundSession(this.guard, binding, listener);
  }

  /** Connects, and asks whether the queue or the exchange is there. */
  async probe({ settings, credentials }: InboundBinding, signal: AbortSignal): Promise<Probe> {
    const { queue, exchange, timeoutMs } = settings as AmqpBindingSettings;
    const server = settings as AmqpBindingSettings;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const model = await amqpConnection(this.guard, server, credentials, limit);
      try {
        const channel = await untilAborted(model.createChannel(), limit);
        channel.on('error', () => undefined);
        await untilAborted(exchange === undefined ? channel.checkQueue(queue ?? '') : channel.checkExchange(exchange), limit);
      } finally {
        await closeAmqp(model);
      }
      return { kind: 'reached' };
    } catch (error) {
      return { kind: 'failed', reason: amqpReply(error) ?? wireReason(error) };
    }
  }
}
