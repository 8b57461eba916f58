import type { WebSocket } from 'ws';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { MAX_RETRY_AFTER_MS } from '../http-answer.js';
import { faultsOf } from '../http/http-settings.js';
import type { WireLoss } from '../inbound-protocol.js';
import { wordsOf } from '../no-answer.js';
import { contentOf, duplicatesUnnamed, NOT_SAYABLE } from '../outbound-content.js';
import type {
  OutboundDelivery,
  OutboundEndpoint,
  OutboundProtocol,
  OutboundSession,
  SendOutcome,
  Verification,
} from '../outbound-protocol.js';
import { ConnectionOver } from '../reconnecting.js';
import { SettingsReader } from '../settings-reader.js';
import { readReply } from './reply.js';
import { connectWebSocket } from './websocket-connection.js';
import {
  WEBSOCKET_CREDENTIALS,
  WEBSOCKET_OUTBOUND_SCHEMA,
  WEBSOCKET_SCHEMES,
  type WebSocketOutboundSettings,
} from './websocket-settings.js';

/** Sends deliveries over a twin's WebSocket. */
export class WebSocketOutbound implements OutboundProtocol {
  readonly name = 'websocket';
  readonly credentials = Object.keys(WEBSOCKET_CREDENTIALS);
  private readonly reader: SettingsReader<WebSocketOutboundSettings>;

  constructor(private readonly guard: OutboundGuard) {
    this.reader = new SettingsReader('websocket', WEBSOCKET_OUTBOUND_SCHEMA, (settings) => [
      ...faultsOf(settings, (address) => guard.permits(address), WEBSOCKET_SCHEMES),
      ...(settings.acknowledge === 'frame' && settings.content !== 'message'
        ? [{ pointer: '/content', detail: 'must be message when acknowledge is frame' }]
        : []),
    ]);
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    return { ...this.reader.read(settings) };
  }

  limits(settings: unknown): { maxInFlight: number; timeoutMs: number } {
    return settings as WebSocketOutboundSettings;
  }

  losses(settings: unknown): readonly WireLoss[] {
    const { acknowledge, content } = settings as WebSocketOutboundSettings;
    if (acknowledge === 'frame') return [];
    return [
      { kind: 'gaps-possible', detail: 'a pong says that a message was read: what the twin had not stored when it ended is lost' },
      ...duplicatesUnnamed(content, 'a WebSocket'),
    ];
  }

  open(endpoint: OutboundEndpoint): OutboundSession {
    return new WebSocketOutboundSession(this.guard, endpoint);
  }
}

type Settle = (outcome: SendOutcome) => void;

class WebSocketOutboundSession implements OutboundSession {
  private readonly closing = new AbortController();
  private readonly settings: WebSocketOutboundSettings;
  private readonly waiting = new Map<string, Settle>();
  private current?: Promise<WebSocket>;
  private isSent = 0;

  constructor(
    private readonly guard: OutboundGuard,
    private readonly endpoint: OutboundEndpoint,
  ) {
    this.settings = endpoint.settings as WebSocketOutboundSettings;
  }

  async verify(signal?: AbortSignal): Promise<Verification> {
    try {
      await this.connected(this.limit(signal));
      return { kind: 'agreed' };
    } catch (error) {
      return { kind: 'refused', reason: wordsFor(error) };
    }
  }

  async send(delivery: OutboundDelivery, signal?: AbortSignal): Promise<SendOutcome> {
    const body = contentOf(delivery, this.settings.content);
    if (body === undefined) return { kind: 'retry', fault: 'message', reason: NOT_SAYABLE };
    const limit = this.limit(signal);
    let socket: WebSocket;
    try {
      socket = await this.connected(limit);
    } catch (error) {
      return { kind: 'retry', fault: 'not-taken', reason: wordsFor(error) };
    }
    this.isSent += 1;
    return this.settings.acknowledge === 'frame'
      ? this.exchange(delivery.deliveryId, limit, () => socket.send(deliverFrame(delivery)))
      : this.exchange(String(this.isSent), limit, () => {
          socket.send(body, { binary: this.settings.content === 'bytes' });
          // Answered in order: its pong says that what came before it has been read.
          socket.ping(String(this.isSent));
        });
  }

  async close(): Promise<void> {
    this.closing.abort();
    const socket = await this.current?.catch(() => undefined);
    socket?.terminate();
  }

  private exchange(id: string, limit: AbortSignal, send: () => void): Promise<SendOutcome> {
    return new Promise((resolve) => {
      const settle: Settle = (outcome) => {
        limit.removeEventListener('abort', late);
        if (this.waiting.get(id) === settle) this.waiting.delete(id);
        resolve(outcome);
      };
      const late = (): void => settle({ kind: 'retry', fault: 'endpoint', reason: 'it did not acknowledge in time' });
      this.waiting.set(id, settle);
      limit.addEventListener('abort', late, { once: true });
      if (limit.aborted) late();
      else send();
    });
  }

  private async connected(limit: AbortSignal): Promise<WebSocket> {
    if (this.closing.signal.aborted) throw new ConnectionOver('closed');
    this.current ??= this.begin();
    const late = new Promise<never>((_, reject) => {
      limit.addEventListener('abort', () => reject(new ConnectionOver('no connection was made in time')), { once: true });
    });
    return Promise.race([this.current, late]);
  }

  private begin(): Promise<WebSocket> {
    const { signal } = this.closing;
    const forget = (): void => {
      if (this.current === opening) this.current = undefined;
    };
    const opening = connectWebSocket(this.guard, this.settings, this.endpoint.credentials ?? {}, signal, (socket) =>
      this.attend(socket, forget),
    );
    opening.catch(forget);
    return opening;
  }

  private attend(socket: WebSocket, forget: () => void): void {
    socket.on('pong', (data) => this.waiting.get(data.toString())?.({ kind: 'accepted' }));
    socket.on('message', (data, isBinary) => {
      if (!isBinary && this.settings.acknowledge === 'frame') this.heed((data as Buffer).toString('utf8'));
    });
    socket.on('close', () => {
      forget();
      for (const settle of [...this.waiting.values()]) settle({ kind: 'retry', fault: 'endpoint', reason: 'the connection broke' });
    });
  }

  private heed(text: string): void {
    const reply = readReply(text);
    if (reply === undefined) return;
    if (reply.op === 'gone') {
      for (const settle of [...this.waiting.values()]) settle({ kind: 'gone', reason: 'it wants nothing any more' });
      return;
    }
    const settle = this.waiting.get(reply.id);
    if (reply.op === 'ack') settle?.({ kind: 'accepted', ...(reply.answer === undefined ? {} : { answer: reply.answer }) });
    else if (reply.afterMs === undefined) settle?.({ kind: 'retry', fault: 'message', reason: reply.reason });
    else settle?.({ kind: 'retry', fault: 'not-taken', reason: reply.reason, afterMs: Math.min(reply.afterMs, MAX_RETRY_AFTER_MS) });
  }

  private limit(signal?: AbortSignal): AbortSignal {
    const signals = [AbortSignal.timeout(this.settings.timeoutMs), this.closing.signal];
    return AbortSignal.any(signal === undefined ? signals : [...signals, signal]);
  }
}

function deliverFrame({ deliveryId, attempt, text }: OutboundDelivery): string {
  return `${JSON.stringify({ op: 'deliver', id: deliveryId, attempt }).slice(0, -1)},"message":${text}}`;
}

function wordsFor(error: unknown): string {
  return error instanceof ConnectionOver ? error.reason : wordsOf(error);
}
