import { type BrokerClient, BrokerRefusal } from './broker-client.js';
import { type Answer, type Message, type MessageObject, type Question, REGISTRY, twin } from './message.js';

/** One exchange with the broker or, through it, with another twin. */
export interface Exchange {
  from: string;
  to: string;
  action: string;
  object: MessageObject;
  /** Absent where the wire does not say when it began. */
  latencyMs?: number;
  /** A status code of Y.4605 or, of a REST call, a word of the caller's. */
  outcome: string;
}

/** Vocabulary version that this client speaks. */
const VERSION = '1.0';
const DEFAULT_TTL_MS = 10_000;
/** A REQUEST that nobody answers is answered by the broker at its deadline, so waiting a little longer always gets a RESPONSE. */
const WAIT_MARGIN_MS = 2_000;

/** What a twin does with the broker: register, publish, ask, answer, read the stream of its inbox. */
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

  /** The RESPONSE to a REQUEST. */
  response({ header, data }: Message, { code, payload, reason }: { code: string; payload?: unknown; reason?: string }): unknown {
    const status = reason === undefined ? { code } : { code, reason };
    const { action, object } = data;
    return {
      header: {
        version: VERSION,
        messageType: 'RESPONSE',
        correlationId: header.messageId,
        sender: twin(this.id),
        receiver: header.sender,
      },
      data: { action, object, status, ...(payload === undefined ? {} : { payload }) },
    };
  }

  /** Answers a REQUEST. The RESPONSE settles its delivery. */
  async answer(message: Message, reply: { code: string; payload?: unknown; reason?: string }): Promise<void> {
    await this.broker.call('POST', '/v1/messages', this.response(message, reply));
  }

  /** The events of the inbox, as they come, until the stream ends; each is settled once the broker has written it. @throws BrokerRefusal, TypeError */
  async *stream(signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    const { body } = await this.broker.open(`${this.path()}/inbox/stream?ack=auto`, 'text/event-stream', signal);
    if (body === null) return;
    let rest = '';
    for await (const text of body.pipeThrough(new TextDecoderStream())) {
      const events = (rest + text).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (data !== undefined) yield data;
      }
    }
  }

  private path(): string {
    return `/v1/twins/${encodeURIComponent(this.id)}`;
  }
}

function outcomeOf(error: unknown): string {
  return error instanceof BrokerRefusal ? error.code : 'broker not reached';
}
