import type { Channel, ConsumeMessage } from 'amqplib';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { InboundBinding, InboundListener, InboundSession } from '../inbound-protocol.js';
import { type Link, untilAborted } from '../wire/kept-link.js';
import { StandingLink } from '../wire/standing-link.js';
import { WireFault } from '../wire/wire-fault.js';
import { amqpConnection, amqpReply, closeAmqp } from './amqp-connection.js';
import { amqpDocument } from './amqp-document.js';
import type { AmqpBindingSettings } from './amqp-settings.js';

/** One binding: consumes with a prefetch and acknowledges each message after the sink took it; refused ones go to the queue's dead-letter exchange. */
export class AmqpInboundSession implements InboundSession {
  private readonly settings: AmqpBindingSettings;
  private readonly link: StandingLink;

  constructor(
    private readonly guard: OutboundGuard,
    private readonly binding: InboundBinding,
    private readonly listener: InboundListener,
  ) {
    this.settings = binding.settings as AmqpBindingSettings;
    this.link = new StandingLink((signal) => this.consuming(signal), listener);
  }

  async close(): Promise<void> {
    await this.link.close();
  }

  private async consuming(signal: AbortSignal): Promise<Link> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.settings.timeoutMs)]);
    const model = await amqpConnection(this.guard, this.settings, this.binding.credentials, limit);
    let reason: string | undefined;
    try {
      const channel = await untilAborted(model.createChannel(), limit);
      const closed = new Promise<void>((resolve) => {
        channel.once('error', (error) => (reason = amqpReply(error)));
        channel.once('close', resolve);
        model.once('close', () => resolve());
      });
      const underWay = new Set<Promise<void>>();
      const tag = await untilAborted(
        this.consume(channel, (message) => {
          if (message === null) {
            reason = 'the queue was deleted';
            void closeAmqp(model);
            return;
          }
          const work = this.handOn(channel, message);
          underWay.add(work);
          void work.then(() => underWay.delete(work));
        }),
        limit,
      );
      const over = closed.then(async () => {
        await closeAmqp(model);
        return reason;
      });
      return {
        over,
        close: async () => {
          await Promise.race([channel.cancel(tag).catch(() => undefined), over]);
          await Promise.all(underWay);
          await closeAmqp(model);
          await over;
        },
      };
    } catch (error) {
      await closeAmqp(model);
      throw new WireFault(reason ?? amqpReply(error) ?? 'it did not let us consume');
    }
  }

  private async consume(channel: Channel, deliver: (message: ConsumeMessage | null) => void): Promise<string> {
    const { exchange, bindingKeys = ['#'], prefetch } = this.settings;
    const queue = this.settings.queue ?? `twinfed.${this.binding.id}`;
    if (exchange === undefined) {
      await channel.checkQueue(queue);
    } else {
      await channel.assertQueue(queue, { durable: true });
      for (const key of bindingKeys) await channel.bindQueue(queue, exchange, key);
    }
    await channel.prefetch(prefetch);
    return (await channel.consume(queue, deliver)).consumerTag;
  }

  /** Never rejects: a channel that broke meanwhile cannot be told, and the server will bring the message again. */
  private async handOn(channel: Channel, message: ConsumeMessage): Promise<void> {
    const { kind } = await this.listener.received(amqpDocument(message));
    try {
      if (kind === 'taken') channel.ack(message);
      else channel.nack(message, false, kind === 'later');
    } catch {
      return;
    }
  }
}
