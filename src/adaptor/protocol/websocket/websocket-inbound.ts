import type { RawData, WebSocket } from 'ws';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { faultsOf } from '../http/http-settings.js';
import type { InboundBinding, InboundListener, InboundProtocol, InboundSession, Probe, WireLoss } from '../inbound-protocol.js';
import { wordsOf } from '../no-answer.js';
import { type Attempt, ConnectionOver, Reconnecting } from '../reconnecting.js';
import { SettingsReader } from '../settings-reader.js';
import { connectWebSocket } from './websocket-connection.js';
import { WEBSOCKET_CREDENTIALS, WEBSOCKET_INBOUND_SCHEMA, WEBSOCKET_SCHEMES, type WebSocketInboundSettings } from './websocket-settings.js';

/** Documents that may be under way before nothing more is read. */
const MOST_UNDER_WAY = 100;

/** Listens to a twin's WebSocket. */
export class WebSocketInbound implements InboundProtocol {
  readonly name = 'websocket';
  readonly credentials = Object.keys(WEBSOCKET_CREDENTIALS);
  private readonly reader: SettingsReader<WebSocketInboundSettings>;

  constructor(private readonly guard: OutboundGuard) {
    this.reader = new SettingsReader('websocket', WEBSOCKET_INBOUND_SCHEMA, (settings) =>
      faultsOf(settings, (address) => guard.permits(address), WEBSOCKET_SCHEMES),
    );
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    return { ...this.reader.read(settings) };
  }

  losses(): readonly WireLoss[] {
    return [
      {
        kind: 'gaps-possible',
        detail: 'a WebSocket keeps nothing: what is sent while the connection is down, or was read and not yet stored, is lost',
      },
      { kind: 'duplicates-possible', detail: 'a WebSocket does not name messages: one that the twin repeats is taken again' },
    ];
  }

  open(binding: InboundBinding, listener: InboundListener): InboundSession {
    return new WebSocketInboundSession(this.guard, binding, listener);
  }

  async probe({ settings, credentials }: InboundBinding, signal: AbortSignal): Promise<Probe> {
    try {
      const socket = await connectWebSocket(this.guard, settings as WebSocketInboundSettings, credentials, signal);
      socket.terminate();
      return { kind: 'reached' };
    } catch (error) {
      return { kind: 'failed', reason: error instanceof ConnectionOver ? error.reason : wordsOf(error) };
    }
  }
}

class WebSocketInboundSession implements InboundSession {
  private readonly settings: WebSocketInboundSettings;
  private readonly connection: Reconnecting;
  private readonly underWay = new Set<Promise<void>>();
  private closing = false;

  constructor(
    private readonly guard: OutboundGuard,
    private readonly binding: InboundBinding,
    private readonly listener: InboundListener,
  ) {
    this.settings = binding.settings as WebSocketInboundSettings;
    this.connection = new Reconnecting(listener, (attempt) => this.listen(attempt));
  }

  async close(): Promise<void> {
    this.closing = true;
    await this.connection.close();
    await Promise.all(this.underWay);
  }

  private async listen({ signal, stands }: Attempt): Promise<void> {
    const prepare = (socket: WebSocket): void => void socket.on('message', (data, isBinary) => this.take(socket, data, isBinary));
    const socket = await connectWebSocket(this.guard, this.settings, this.binding.credentials, signal, prepare);
    const over = new Promise<string>((resolve) => {
      socket.once('close', (code) => resolve(`the connection was closed (${code})`));
      signal.addEventListener('abort', () => socket.close(1000), { once: true });
    });
    if (signal.aborted) socket.close(1000);
    stands();
    if (this.settings.hello !== undefined) socket.send(this.settings.hello);
    const stop = watch(socket, this.settings.pingSeconds * 1_000);
    try {
      throw new ConnectionOver(await over);
    } finally {
      stop();
      socket.terminate();
    }
  }

  private take(socket: WebSocket, data: RawData, isBinary: boolean): void {
    if (this.closing) return;
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
    const { mediaType } = this.settings;
    const document = isBinary ? bytes : bytes.toString('utf8');
    const work = this.listener.received({ document, ...(mediaType === undefined ? {} : { mediaType }) }).then(() => {
      this.underWay.delete(work);
      if (this.underWay.size < MOST_UNDER_WAY && socket.isPaused) socket.resume();
    });
    this.underWay.add(work);
    if (this.underWay.size >= MOST_UNDER_WAY) socket.pause();
  }
}

/** Ends a connection whose ping is not answered before the next; gives what stops that. */
function watch(socket: WebSocket, everyMs: number): () => void {
  let isAlive = true;
  socket.on('pong', () => (isAlive = true));
  const timer = setInterval(() => {
    // One that is paused on our side cannot read its pong.
    if (socket.isPaused) return;
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
