import type { ChannelModel, ConfirmChannel, Options } from 'amqplib';
import type { SendOutcome } from '../outbound-protocol.js';
import { type Link, untilAborted } from '../wire/kept-link.js';
import { wireReason } from '../wire/wire-fault.js';
import { amqpReply, closeAmqp } from './amqp-connection.js';

/** What is published. */
export interface Publication {
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Buffer;
  readonly options: Options.Publish;
}

/** Told by the header that is the publisher's own; receivers may ignore it. */
const PUBLICATION = 'publication';

/** A channel in confirm mode on a connection of its own. What the server cannot route comes back and counts as not taken. */
export class AmqpPublisher implements Link {
  readonly over: Promise<void>;
  private readonly returned = new Set<string>();
  private count = 0;
  private isBlocked = false;
  private closedBecause: string | undefined;

  private constructor(
    private readonly model: ChannelModel,
    private readonly channel: ConfirmChannel,
  ) {
    channel.on('error', (error) => (this.closedBecause = amqpReply(error)));
    channel.on('return', ({ properties }) => this.returned.add(String(properties.headers?.[PUBLICATION])));
    model.on('blocked', () => (this.isBlocked = true));
    model.on('unblocked', () => (this.isBlocked = false));
    const closed = new Promise<void>((resolve) => {
      channel.once('close', resolve);
      channel.once('error', () => resolve());
      model.once('close', () => resolve());
      model.once('error', () => resolve());
    });
    // A channel that the server closed is of no use; a connection for one channel neither.
    this.over = closed.then(() => closeAmqp(model));
  }

  /** A publisher on the connection, which it owns from now on. */
  static async on(model: ChannelModel): Promise<AmqpPublisher> {
    try {
      return new AmqpPublisher(model, await model.createConfirmChannel());
    } catch (error) {
      await closeAmqp(model);
      throw error;
    }
  }

  /** Whether the exchange, and the queue if one is named, are there; on a channel of its own, which a refusal closes. Rejects when they are not. */
  async check(exchange: string, queue: string | undefined, signal: AbortSignal): Promise<void> {
    const probe = await untilAborted(this.model.createChannel(), signal);
    probe.on('error', () => undefined);
    if (exchange !== '') await untilAborted(probe.checkExchange(exchange), signal);
    if (queue !== undefined) await untilAborted(probe.checkQueue(queue), signal);
    await untilAborted(probe.close(), signal);
  }

  /** Publishes, and waits for the server's word. */
  async publish({ exchange, routingKey, content, options }: Publication, signal: AbortSignal): Promise<SendOutcome> {
    if (this.isBlocked) return { kind: 'retry', fault: 'not-taken', reason: 'it takes nothing for now: its memory or disk is full' };
    const id = String((this.count += 1));
    const headers = { ...(options.headers as Record<string, string>), [PUBLICATION]: id };
    const confirmed = new Promise<SendOutcome>((resolve) => {
      try {
        this.channel.publish(exchange, routingKey, content, { ...options, headers, mandatory: true }, (error: unknown) => {
          resolve(this.outcome(id, error));
        });
      } catch (error) {
        // Thrown before anything was written: the channel is closed, or a property cannot be said in AMQP.
        const isMessage = (error as { name?: unknown }).name !== 'IllegalOperationError';
        const reason = isMessage ? 'AMQP cannot carry it' : (this.closedBecause ?? 'the channel is closed');
        resolve({ kind: 'retry', fault: isMessage ? 'message' : 'not-taken', reason });
      }
    });
    return untilAborted(confirmed, signal).catch((error: unknown) => {
      return { kind: 'retry', fault: 'endpoint', reason: wireReason(error, 'it did not confirm') };
    });
  }

  async close(): Promise<void> {
    await closeAmqp(this.model);
    await this.over;
  }

  private outcome(id: string, error: unknown): SendOutcome {
    const wasReturned = this.returned.delete(id);
    if (error === null || error === undefined) {
      if (!wasReturned) return { kind: 'accepted' };
      return { kind: 'retry', fault: 'not-taken', reason: 'no queue is bound for its routing key (AMQP 312)' };
    }
    if ((error as { message?: unknown }).message === 'message nacked') {
      return { kind: 'retry', fault: 'not-taken', reason: 'it did not take the message: a queue is full' };
    }
    return { kind: 'retry', fault: 'endpoint', reason: this.closedBecause ?? 'the connection broke before it confirmed' };
  }
}
