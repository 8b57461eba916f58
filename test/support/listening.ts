import type { ReceivedDocument, WireNews } from '../../src/adaptor/protocol/inbound-protocol.js';
import type { SinkOutcome } from '../../src/adaptor/protocol/message-sink.js';

const TAKEN: SinkOutcome = { kind: 'taken', messageId: 'message-1', repeated: false };

/** Collects what a session tells, and answers as the test says. */
export class Listening {
  readonly documents: ReceivedDocument[] = [];
  readonly news: [WireNews, string | undefined][] = [];
  private readonly watchers = new Set<() => void>();

  constructor(readonly answer: (document: ReceivedDocument) => SinkOutcome | Promise<SinkOutcome> = () => TAKEN) {}

  get texts(): string[] {
    return this.documents.map(({ document }) => textOf(document));
  }

  async received(document: ReceivedDocument): Promise<SinkOutcome> {
    this.documents.push(document);
    this.tell();
    return this.answer(document);
  }

  changed(news: WireNews, reason?: string): void {
    this.news.push([news, reason]);
    this.tell();
  }

  /** Resolves when it holds; it is looked at whenever something was told. */
  async until(condition: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.watchers.delete(look);
        resolve();
      };
      this.watchers.add(look);
      look();
    });
  }

  /** Resolves when the wire stands for the `n`th time. */
  async connected(n = 1): Promise<void> {
    await this.until(() => this.news.filter(([news]) => news === 'connected').length >= n);
  }

  private tell(): void {
    for (const look of [...this.watchers]) look();
  }
}

/** A document as text, whatever the wire gave it as. */
export function textOf(document: unknown): string {
  if (document instanceof Uint8Array || Buffer.isBuffer(document)) return Buffer.from(document as Uint8Array).toString();
  return typeof document === 'string' ? document : JSON.stringify(document);
}
