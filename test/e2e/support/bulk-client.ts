import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { once } from 'node:events';

/** One line of the answer to a bulk. */
export interface LineOutcome {
  line?: number;
  id?: string;
  status?: number;
  problem?: { type: string; pointer?: string; detail: string };
  complete?: boolean;
  committedLine?: number;
  [count: string]: unknown;
}

/** A bulk under way: lines are sent and outcomes read independently, as a client does that reads while it sends. */
export class BulkClient {
  private text = '';
  private readonly waiting: (() => void)[] = [];
  private over = false;
  readonly outcomes: LineOutcome[] = [];

  private constructor(
    private readonly call: ClientRequest,
    readonly answer: Promise<IncomingMessage>,
  ) {}

  /** Opens the request; nothing is sent but its head. */
  static open(url: string, token: string, headers: Readonly<Record<string, string>> = {}, query = ''): BulkClient {
    const call = request(`${url}/v1/twins/bulk${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson', ...headers },
    });
    call.flushHeaders();
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      call.once('response', resolve);
      call.once('error', reject);
    });
    answer.catch(() => undefined);
    call.on('error', () => undefined);
    return new BulkClient(call, answer);
  }

  /** Sends lines; resolves when the connection has taken them. */
  async send(lines: readonly unknown[]): Promise<void> {
    const text = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
    if (!this.call.write(text)) await Promise.race([once(this.call, 'drain'), once(this.call, 'close')]);
  }

  /** Sends without waiting; false once the connection takes no more. */
  push(text: string): boolean {
    return this.call.write(text);
  }

  /** Resolves with true when the connection takes more. */
  async drained(): Promise<boolean> {
    await once(this.call, 'drain');
    return true;
  }

  end(): void {
    this.call.end();
  }

  /** Cuts the connection. */
  cut(): void {
    this.call.destroy();
  }

  /** Begins to read the answer; until then none of it is taken from the connection. */
  async read(): Promise<this> {
    const answer = await this.answer;
    answer.setEncoding('utf8').on('data', (text: string) => {
      const lines = (this.text + text).split('\n');
      this.text = lines.pop() ?? '';
      this.outcomes.push(...lines.map((line) => JSON.parse(line) as LineOutcome));
      this.wake();
    });
    answer.on('error', () => undefined);
    answer.once('close', () => {
      this.over = true;
      this.wake();
    });
    return this;
  }

  /** Resolves when so many outcomes were read, or the answer is over. */
  async until(count: number): Promise<LineOutcome[]> {
    while (this.outcomes.length < count && !this.over) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.outcomes;
  }

  /** Every outcome, once the answer is over. */
  all(): Promise<LineOutcome[]> {
    return this.until(Number.MAX_SAFE_INTEGER);
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
