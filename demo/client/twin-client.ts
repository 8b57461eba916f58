import { setTimeout as delay } from 'node:timers/promises';
import { type BrokerClient, BrokerRefusal } from './broker-client.js';
import { type Answer, type Delivery, type Message, type MessageObject, type Party, type Question, REGISTRY, twin } from './message.js';

/** One exchange with the broker or, through it, with another twin. */
export interface Exchange {
  from: string;
  to: string;
  action: string;
  object: MessageObject;
  latencyMs: number;
  /** A status code of Y.4605 or, of a REST call, a word of the caller's. */
  outcome: string;
}

/** Vocabulary version that this client speaks. */
const VERSION = '1.0';
const DEFAULT_TTL_MS = 10_000;
/** A REQUEST that nobody answers is answered by the broker at its deadline, so waiting a little longer always gets a RESPONSE. */
const WAIT_MARGIN_MS = 2_000;
const POLL_SECONDS = 10;
const LEASE_SECONDS = 30;
const BATCH = 50;
const RETRY_MS = 500;

/** What a twin does with the broker: register, publish, ask, answer, read its inbox. */
export class TwinClient {
  constructor(
    private readonly broker: BrokerClient,
    readonly id: string,
    /** Is told of every exchange this client begins. */
    private readonly observe: (exchange: Exchange) => void = () => undefined,
  ) {}

  /** Registers, or replaces what was registered. */
  register<T>(profile: Readonly<Record<string, unknown>>): Promise<T> {
    return this.rest('REGISTER', { type: 'digitalTwin' }, REGISTRY.id, 'PUT', this.path(), profile);
  }

  /** Says that the twin is still there; due within each `ttlSeconds` of the lease it registered with. */
  async renewLease(): Promise<void> {
    await this.broker.call('PUT', `${this.path()}/lease`);
  }

  async deregister(): Promise<void> {
    await this.broker.call('DELETE', this.path());
  }

  /** Publishes a value of a data feature to all who have subscribed to it. */
  async publish(feature: string, value: unknown): Promise<void> {
    await this.broker.call('PUT', `${this.path()}/features/${encodeURIComponent(feature)}/value`, value);
  }

  /** A REST call that stands for an action on an object. @throws BrokerRefusal */
  async rest<T>(action: string, object: MessageObject, to: string, method: string, path: string, body?: unknown): Promise<T> {
    const began = performance.now();
    const report = (outcome: string): void =>
      this.observe({ from: this.id, to, action, object, latencyMs: performance.now() - began, outcome });
    try {
      const answer = await this.broker.call<T>(method, path, body);
      report('OK');
      return answer;
    } catch (error) {
      report(error instanceof BrokerRefusal ? error.code : 'broker not reached');
      throw error;
    }
  }

  /**
   * Sends a REQUEST and waits for its RESPONSE, which may come from the twin asked or, when that one stays silent, from the broker
   * (PEER_TIMEOUT). Never throws: what the broker refuses at once is an answer too.
   */
  async ask({ to, action, object, payload, ttlMs = DEFAULT_TTL_MS }: Question): Promise<Answer> {
    const began = performance.now();
    const message = {
      header: { version: VERSION, messageType: 'REQUEST', sender: twin(this.id), receiver: to, ttlMs },
      data: { action, object, ...(payload === undefined ? {} : { payload }) },
    };
    const seconds = (ttlMs + WAIT_MARGIN_MS) / 1_000;
    const answer = await this.broker.call<Message | { status: string }>('POST', `/v1/messages?wait=${seconds}`, message).then(
      (response): Answer =>
        'header' in response && response.data.status !== undefined
          ? { ...response.data.status, payload: response.data.payload }
          : { code: 'PEER_TIMEOUT', reason: 'no answer came in time', payload: undefined },
      (error: unknown): Answer => ({ code: outcomeOf(error), reason: String(error), payload: undefined }),
    );
    this.observe({ from: this.id, to: to.id, action, object, latencyMs: performance.now() - began, outcome: answer.code });
    return answer;
  }

  /** Answers a REQUEST. The RESPONSE settles its delivery. */
  async answer({ header, data }: Message, code: string, payload?: unknown, reason?: string): Promise<void> {
    const receiver: Party = header.sender;
    const status = reason === undefined ? { code } : { code, reason };
    const { action, object } = data;
    await this.broker.call('POST', '/v1/messages', {
      header: { version: VERSION, messageType: 'RESPONSE', correlationId: header.messageId, sender: twin(this.id), receiver },
      data: { action, object, status, ...(payload === undefined ? {} : { payload }) },
    });
  }

  /**
   * Reads the inbox until the signal aborts: claims messages under a lease, hands them over one by one in their order, and settles them.
   * What the handler throws on is given back and comes again. A handler that answered a REQUEST says `answered`: that settled it.
   */
  async read(handle: (delivery: Delivery) => Promise<'done' | 'answered'>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const wish = { max: BATCH, waitSeconds: POLL_SECONDS, leaseSeconds: LEASE_SECONDS };
        const claim = await this.broker.call<Claim>('POST', `${this.path()}/inbox/claims`, wish, signal);
        const done: string[] = [];
        const failed: string[] = [];
        for (const delivery of claim.deliveries) {
          try {
            if ((await handle(delivery)) === 'done') done.push(delivery.id);
          } catch {
            failed.push(delivery.id);
          }
        }
        await this.settle('acks', claim, done);
        await this.settle('nacks', claim, failed);
      } catch {
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async settle(how: 'acks' | 'nacks', { leaseToken }: Claim, deliveries: readonly string[]): Promise<void> {
    if (deliveries.length > 0) await this.broker.call('POST', `${this.path()}/inbox/${how}`, { leaseToken, deliveries });
  }

  private path(): string {
    return `/v1/twins/${encodeURIComponent(this.id)}`;
  }
}

interface Claim {
  /** Absent when there was nothing to claim. */
  leaseToken?: string;
  deliveries: Delivery[];
}

function outcomeOf(error: unknown): string {
  return error instanceof BrokerRefusal ? error.code : 'broker not reached';
}
