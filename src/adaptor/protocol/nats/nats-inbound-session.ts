import { ConsumerEvents, type ConsumerMessages, type JsMsg, type Msg, type NatsConnection } from 'nats';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { InboundBinding, InboundListener, InboundSession } from '../inbound-protocol.js';
import { type Link, untilAborted } from '../wire/kept-link.js';
import { StandingLink } from '../wire/standing-link.js';
import { WireFault } from '../wire/wire-fault.js';
import { closeNats, natsConnection, natsReason } from './nats-connection.js';
import { natsDocument } from './nats-document.js';
import type { NatsBindingSettings } from './nats-settings.js';
import { durableConsumer } from './nats-stream.js';

/** What tells that a consumer is no more. */
const ENDS: Readonly<Record<string, string>> = {
  [ConsumerEvents.ConsumerDeleted]: 'the consumer was deleted',
  [ConsumerEvents.ConsumerNotFound]: 'the consumer was deleted',
  [ConsumerEvents.StreamNotFound]: 'the stream was deleted',
};

/** Takes messages, so that they stop coming. */
type Stop = () => Promise<unknown>;

/** One binding. */
export class NatsInboundSession implements InboundSession {
  private readonly settings: NatsBindingSettings;
  private readonly link: StandingLink;

  constructor(
    private readonly guard: OutboundGuard,
    private readonly binding: InboundBinding,
    private readonly listener: InboundListener,
  ) {
    this.settings = binding.settings as NatsBindingSettings;
    this.link = new StandingLink((signal) => this.listening(signal), listener);
  }

  async close(): Promise<void> {
    await this.link.close();
  }

  private async listening(signal: AbortSignal): Promise<Link> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.settings.timeoutMs)]);
    const connection = await natsConnection(this.guard, this.settings, this.binding.credentials, limit);
    const underWay = new Set<Promise<void>>();
    let reason: string | undefined;
    const keep = (work: Promise<void>): void => {
      underWay.add(work);
      void work.then(() => underWay.delete(work));
    };
    const end = (why: string): void => {
      reason = why;
      void connection.close();
    };
    let stop: Stop;
    try {
      stop = await untilAborted(this.settings.jetStream ? this.consume(connection, keep, end) : this.subscribe(connection, keep), limit);
    } catch (error) {
      await closeNats(connection);
      throw new WireFault(natsReason(error));
    }
    const over = connection.closed().then((error) => reason ?? (error === undefined ? 'the connection broke' : natsReason(error)));
    return {
      over,
      close: async () => {
        await Promise.race([stop().catch(() => undefined), over]);
        await Promise.all(underWay);
        await closeNats(connection);
      },
    };
  }

  private async consume(connection: NatsConnection, keep: (work: Promise<void>) => void, end: (why: string) => void): Promise<Stop> {
    const consumer = await durableConsumer(connection, this.settings, `twinfed-${this.binding.id}`);
    const messages = await consumer.consume({
      max_messages: this.settings.maxInHand,
      callback: (message) => keep(this.handOn(message)),
    });
    void watch(messages, end);
    return () => messages.close();
  }

  private async subscribe(connection: NatsConnection, keep: (work: Promise<void>) => void): Promise<Stop> {
    const subscription = connection.subscribe(this.settings.subject, {
      callback: (error, message) => {
        if (error === null) keep(this.tell(message));
      },
    });
    await connection.flush();
    return async () => {
      subscription.unsubscribe();
      await connection.flush();
    };
  }

  /** Never rejects: a connection that broke meanwhile cannot be told, and the stream will bring the message again. */
  private async handOn(message: JsMsg): Promise<void> {
    const { stream, streamSequence, timestampNanos } = message.info;
    const inHand = setInterval(() => message.working(), this.settings.ackWaitMs / 3);
    try {
      const document = natsDocument(message, `${stream}.${streamSequence}.${timestampNanos}`);
      const { kind } = await this.listener.received(document);
      if (kind === 'taken') message.ack();
      else if (kind === 'refused') message.term();
      else message.nak();
    } catch {
      return;
    } finally {
      clearInterval(inHand);
    }
  }

  private async tell(message: Msg): Promise<void> {
    await this.listener.received(natsDocument(message));
  }
}

async function watch(messages: ConsumerMessages, end: (why: string) => void): Promise<void> {
  for await (const { type } of await messages.status()) {
    const why = ENDS[type];
    if (why !== undefined) end(why);
  }
}
