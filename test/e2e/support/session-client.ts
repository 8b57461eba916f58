import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A frame of the broker, as far as the tests look at it. */
export interface Frame {
  op: string;
  n?: number | number[];
  inbox?: string;
  upTo?: number;
  messages?: number;
  bytes?: number;
  id?: string;
  leaseToken?: string;
  attempt?: number;
  redelivered?: boolean;
  expiresAt?: string;
  receipt?: { messageId: string; repeated: boolean };
  problem?: { code: string; type: string; detail: string; pointer?: string };
  message?: { header: { messageId: string; sender: { id: string } }; data: { payload: { n: number } } };
}

/** How a session ended. */
export interface Ending {
  code: number;
  reason: string;
}

interface Waiting {
  wanted: (frame: Frame) => boolean;
  resolve: (frame: Frame) => void;
  reject: (error: Error) => void;
}

const LIMIT_MS = 60_000;
export const SUBPROTOCOL = 'twinfed.exchange.v1';

/** A client of sessions that keeps what it got, and lets tests wait for what is to come. */
export class SessionClient {
  /** Every frame so far, as value and as text. */
  readonly frames: Frame[] = [];
  readonly texts: string[] = [];
  readonly ended: Promise<Ending>;
  private waiting: Waiting[] = [];
  private from = 0;

  private constructor(readonly webSocket: WebSocket) {
    webSocket.on('message', (data: Buffer) => {
      const text = data.toString();
      const frame = JSON.parse(text) as Frame;
      this.texts.push(text);
      this.frames.push(frame);
      this.waiting = this.waiting.filter(({ wanted, resolve }) => {
        if (!wanted(frame)) return true;
        resolve(frame);
        return false;
      });
    });
    this.ended = new Promise((resolve) => {
      webSocket.on('close', (code, reason) => {
        for (const { reject } of this.waiting) reject(new Error(`The session ended with ${code} ${reason.toString()}`));
        this.waiting = [];
        resolve({ code, reason: reason.toString() });
      });
    });
    webSocket.on('error', () => undefined);
  }

  /** Connects; with a token resolves once the session is welcome. */
  static async open(url: string, token?: string, headers: Record<string, string> = {}): Promise<SessionClient> {
    const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const webSocket = new WebSocket(`${url.replace('http', 'ws')}/v1/exchange`, SUBPROTOCOL, { headers: { ...bearer, ...headers } });
    const client = new SessionClient(webSocket);
    const welcome = token === undefined ? undefined : client.next('welcome');
    await Promise.race([
      once(webSocket, 'open'),
      once(webSocket, 'unexpected-response').then(([, response]) => {
        throw new Error(`refused: ${(response as { statusCode: number }).statusCode}`);
      }),
    ]);
    await welcome;
    return client;
  }

  /** Sends a frame: a value, or the text as it is. */
  send(frame: object | string): void {
    this.webSocket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** The next frame of this kind that nobody waited for yet, come already or to come. */
  async next(op: string, wanted: (frame: Frame) => boolean = () => true): Promise<Frame> {
    const fits = (frame: Frame): boolean => frame.op === op && wanted(frame);
    const index = this.frames.findIndex((frame, at) => at >= this.from && fits(frame));
    if (index >= 0) {
      this.from = index + 1;
      const frame = this.frames[index];
      if (frame !== undefined) return frame;
    }
    let timer: NodeJS.Timeout | undefined;
    try {
      const frame = await new Promise<Frame>((resolve, reject) => {
        timer = setTimeout(() => {
          reject(new Error(`no ${op} came; last: ${this.texts.slice(-3).join(' ')}`));
        }, LIMIT_MS);
        this.waiting.push({ wanted: fits, resolve, reject });
      });
      this.from = this.frames.indexOf(frame) + 1;
      return frame;
    } finally {
      clearTimeout(timer);
    }
  }

  /** All frames of a kind, once there are so many. */
  async all(op: string, count: number): Promise<Frame[]> {
    const found = (): Frame[] => this.frames.filter((frame) => frame.op === op);
    while (found().length < count) {
      const before = found().length;
      this.from = this.frames.length;
      if (found().length === before) await this.next(op);
    }
    return found();
  }

  /** Publishes and gives the outcome. */
  async publish(n: number, message: object): Promise<Frame> {
    this.send({ op: 'publish', n, message });
    return this.next('published', (frame) => frame.n === n);
  }

  async close(): Promise<Ending> {
    this.webSocket.close();
    return this.ended;
  }
}
