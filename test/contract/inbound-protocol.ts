import type {
  InboundBinding,
  InboundProtocol,
  InboundSession,
  ReceivedDocument,
  WireNews,
} from '../../src/adaptor/protocol/inbound-protocol.js';
import type { SinkOutcome } from '../../src/adaptor/protocol/message-sink.js';
import { protocolNameOf } from './contract-name.js';

/** The source of an implementation under test. */
export interface Source {
  readonly protocol: InboundProtocol;
  /** Settings of a binding that hears what {@link say} says. */
  settings(): Promise<Record<string, unknown>>;
  readonly credentials?: Readonly<Record<string, string>>;
  /** Settings of a source that cannot be reached. */
  unreachable(): Promise<Record<string, unknown>>;
  /** Settings that are none. */
  readonly invalid: readonly unknown[];
  /** Has the source say a document; resolves when it is on its way. */
  say(document: string): Promise<void>;
  /** Breaks the connection off, as a source that crashed and is there again. */
  breakOff(): Promise<void>;
  /** Whether what was not acknowledged, or said while nobody listened, comes when somebody listens again: every one, the latest, or nothing. */
  readonly keeps: 'all' | 'latest' | 'nothing';
  /** Whether the wire names documents. */
  readonly names: boolean;
  /** Whether what is brought again may have another name: a duplicate is possible then, and `losses` say so. */
  readonly renames?: boolean;
  close(): Promise<void>;
}

/** Remembers what a session tells. */
class Ear {
  readonly documents: ReceivedDocument[] = [];
  readonly news: WireNews[] = [];
  outcome: (document: ReceivedDocument) => Promise<SinkOutcome> | SinkOutcome = () => ({ kind: 'taken', messageId: 'm', repeated: false });
  private readonly watchers = new Set<() => void>();

  async received(document: ReceivedDocument): Promise<SinkOutcome> {
    this.documents.push(document);
    this.tell();
    return this.outcome(document);
  }

  changed(news: WireNews): void {
    this.news.push(news);
    this.tell();
  }

  /** Texts of the documents. */
  get texts(): string[] {
    return this.documents.map(({ document }) => textOf(document));
  }

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

  private tell(): void {
    for (const look of [...this.watchers]) look();
  }
}

function textOf(document: unknown): string {
  return ArrayBuffer.isView(document)
    ? Buffer.from(document.buffer, document.byteOffset, document.byteLength).toString()
    : String(document);
}

/** What every inbound protocol promises. */
export function inboundProtocolContract(name: string, start: () => Promise<Source>): void {
  describe(`the inbound protocol ${name}`, () => {
    let source: Source;
    const sessions: InboundSession[] = [];
    let counter = 0;
    beforeEach(async () => {
      source = await start();
      counter += 1;
    });
    afterEach(async () => {
      for (const session of sessions.splice(0)) await session.close();
      await source.close();
    });

    function binding(settings: unknown, position?: string): InboundBinding {
      const { credentials = {}, protocol } = source;
      return {
        id: `contract-${process.pid}-${counter}`,
        settings: protocol.read(settings),
        credentials,
        ...(position === undefined ? {} : { position }),
      };
    }

    function open(settings: unknown, ear = new Ear(), position?: string): { ear: Ear; session: InboundSession } {
      const session = source.protocol.open(binding(settings, position), ear);
      sessions.push(session);
      return { ear, session };
    }

    async function connected(settings?: unknown): Promise<{ ear: Ear; session: InboundSession }> {
      const opened = open(settings ?? (await source.settings()));
      await opened.ear.until(() => opened.ear.news.includes('connected'));
      return opened;
    }

    it('is of the protocol that it is named after', () => {
      expect(source.protocol.name).toBe(protocolNameOf(name));
    });

    it('reads what it has read again, to the same', async () => {
      const once = source.protocol.read(await source.settings());
      expect(source.protocol.read(JSON.parse(JSON.stringify(once)))).toEqual(once);
      for (const { kind, detail } of source.protocol.losses(once)) {
        expect(['duplicates-possible', 'order-not-kept', 'gaps-possible']).toContain(kind);
        expect(detail.length).toBeGreaterThan(10);
      }
    });

    it('refuses settings that are none, with pointers', () => {
      for (const settings of source.invalid) {
        expect(() => source.protocol.read(settings)).toThrow(expect.objectContaining({ code: 'validation-failed' }) as Error);
      }
    });

    it('says that it connects and is connected', async () => {
      const { ear } = await connected();
      expect(ear.news.slice(0, 2)).toEqual(['connecting', 'connected']);
    });

    it('says that what cannot be reached is not connected, and gives up when it is closed', async () => {
      const { ear, session } = open(await source.unreachable());
      await ear.until(() => ear.news.includes('disconnected'));
      expect(ear.news).not.toContain('connected');
      await session.close();
      expect(await source.protocol.probe(binding(await source.unreachable()), AbortSignal.timeout(5_000))).toMatchObject({
        kind: 'failed',
      });
    });

    it('brings documents as they are, in order', async () => {
      const { ear } = await connected();
      const texts = ['{"n":12345678901234567890.10}', '{"n":2}', '{"name":"Zürich"}'];
      for (const [n, text] of texts.entries()) {
        await source.say(text);
        await ear.until(() => ear.texts.includes(text) && ear.documents.length > n);
      }
      expect(ear.texts).toEqual(texts);
      const identities = ear.documents.map(({ identity }) => identity);
      if (source.names) expect(new Set(identities).size).toBe(texts.length);
      else expect(identities).toEqual(texts.map(() => undefined));
    });

    it('says so when the connection breaks, and connects again by itself', async () => {
      const { ear } = await connected();
      await source.breakOff();
      await ear.until(() => ear.news.includes('disconnected') && ear.news.lastIndexOf('connected') > ear.news.indexOf('disconnected'));
      await source.say('{"n":1}');
      await ear.until(() => ear.texts.includes('{"n":1}'));
    });

    it('finishes what is being taken before it is closed', async () => {
      const { ear, session } = await connected();
      let finish: (outcome: SinkOutcome) => void = () => undefined;
      ear.outcome = () => new Promise((resolve) => (finish = resolve));
      await source.say('{"n":1}');
      await ear.until(() => ear.documents.length === 1);
      let isClosed = false;
      const closed = session.close().then(() => (isClosed = true));
      await new Promise((resolve) => setImmediate(resolve));
      expect(isClosed).toBe(false);
      finish({ kind: 'taken', messageId: 'm', repeated: false });
      await closed;
    });

    it('brings again what could not be taken, where the wire keeps it', async () => {
      const settings = await source.settings();
      const first = await connected(settings);
      first.ear.outcome = () => ({ kind: 'later', afterMs: 0 });
      await source.say('{"n":1}');
      await first.ear.until(() => first.ear.documents.length === 1);
      await first.session.close();
      const again = await connected(settings);
      if (source.keeps !== 'nothing') {
        await again.ear.until(() => again.ear.texts.includes('{"n":1}'));
        if (source.renames === true) {
          const losses = source.protocol.losses(source.protocol.read(settings));
          expect(losses.map(({ kind }) => kind)).toContain('duplicates-possible');
        } else if (source.names) expect(again.ear.documents[0]?.identity).toBe(first.ear.documents[0]?.identity);
      }
    });

    it('brings what was said while nobody listened, where the wire keeps it, and nothing that was taken', async () => {
      const settings = await source.settings();
      const first = await connected(settings);
      await source.say('{"n":1}');
      await first.ear.until(() => first.ear.documents.length === 1);
      await first.session.close();
      const { position } = first.ear.documents[0] ?? {};
      for (const n of [2, 3]) await source.say(`{"n":${n}}`);
      const { ear } = open(settings, new Ear(), position);
      await ear.until(() => ear.news.includes('connected'));
      if (source.keeps !== 'nothing') await ear.until(() => ear.texts.includes('{"n":3}'));
      if (source.keeps === 'all') expect(ear.texts).toEqual(['{"n":2}', '{"n":3}']);
      if (source.keeps === 'latest') expect(ear.texts).toEqual(['{"n":3}']);
    });

    it('tries the way without disturbing who listens', async () => {
      const settings = await source.settings();
      const { ear } = await connected(settings);
      expect(await source.protocol.probe(binding(settings), AbortSignal.timeout(5_000))).toEqual({ kind: 'reached' });
      await source.say('{"n":1}');
      await ear.until(() => ear.texts.includes('{"n":1}'));
      expect(ear.news).not.toContain('disconnected');
    });
  });
}
