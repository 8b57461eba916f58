import { DomainError } from '../../../problems/domain-error.js';
import type {
  InboundBinding,
  InboundListener,
  InboundProtocol,
  InboundSession,
  Probe,
  ReceivedDocument,
  WireLoss,
  WireNews,
} from '../inbound-protocol.js';
import type { SinkOutcome } from '../message-sink.js';

interface Waiting {
  readonly document: ReceivedDocument;
  readonly acknowledged: (outcome: SinkOutcome) => void;
  under: boolean;
}

/** What tests say through it; keeps what is not acknowledged for the next session, as a broker of queues would. */
export class MemorySource {
  readonly waiting: Waiting[] = [];
  /** Sessions opened so far, and credentials that each came with. */
  readonly opened: InboundBinding[] = [];
  listener?: InboundListener;
  private readonly underWay = new Set<Promise<void>>();

  /** Resolves once the document is acknowledged. */
  say(document: ReceivedDocument): Promise<SinkOutcome> {
    return new Promise((acknowledged) => {
      this.waiting.push({ document, acknowledged, under: false });
      this.hand();
    });
  }

  /** Tells how the wire fares. */
  tell(news: WireNews, reason?: string): void {
    this.listener?.changed(news, reason);
  }

  /** Resolves when nothing is in hand. */
  async idle(): Promise<void> {
    await Promise.all(this.underWay);
  }

  /** Gives the listener what nobody has in hand. */
  hand(): void {
    const { listener } = this;
    if (listener === undefined) return;
    for (const each of this.waiting) {
      if (each.under) continue;
      each.under = true;
      const work = listener.received(each.document).then((outcome) => {
        each.under = false;
        this.underWay.delete(work);
        if (outcome.kind === 'later') return;
        this.waiting.splice(this.waiting.indexOf(each), 1);
        each.acknowledged(outcome);
      });
      this.underWay.add(work);
    }
  }
}

/** Listens to arrays of this process. Settings are `{name}`; a source that no test has made cannot be reached. */
export class MemoryInbound implements InboundProtocol {
  readonly name = 'memory';
  readonly credentials = ['token'];
  private readonly sources = new Map<string, MemorySource>();

  /** A new source. */
  source(name: string): MemorySource {
    const source = new MemorySource();
    this.sources.set(name, source);
    return source;
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    const { name } = (settings ?? {}) as { name?: unknown };
    if (typeof name === 'string') return { name };
    const errors = [{ pointer: '/name', detail: 'must be a text' }];
    throw new DomainError('validation-failed', 'The settings are not valid.', { pointer: '/name', errors });
  }

  losses(): readonly WireLoss[] {
    return [];
  }

  open(binding: InboundBinding, listener: InboundListener): InboundSession {
    const source = this.sources.get((binding.settings as { name: string }).name);
    listener.changed('connecting');
    if (source === undefined) {
      listener.changed('disconnected', 'there is no such source');
      return { close: () => Promise.resolve() };
    }
    source.opened.push(binding);
    source.listener = listener;
    listener.changed('connected');
    queueMicrotask(() => source.hand());
    return {
      close: async () => {
        if (source.listener === listener) source.listener = undefined;
        await source.idle();
      },
    };
  }

  probe({ settings }: InboundBinding): Promise<Probe> {
    const isThere = this.sources.has((settings as { name: string }).name);
    return Promise.resolve(isThere ? { kind: 'reached' } : { kind: 'failed', reason: 'there is no such source' });
  }
}
