import type { ReceivedDocument } from '../../adaptor/protocol/inbound-protocol.js';
import type { SinkOutcome } from '../../adaptor/protocol/message-sink.js';
import type { FeedFigures, Refusal, StoredBinding } from './binding.js';
import { bytesOf } from './inbound-payload.js';

/** Refusals that are remembered of a binding, and how much of each document. */
export const KEPT_REFUSALS = 10;
const EXCERPT_CHARACTERS = 200;
/** By how much one document moves the means. */
const WEIGHT = 0.05;

const NOTHING: FeedFigures = { received: 0, taken: 0, repeated: 0, refused: 0, postponed: 0, latencyMs: 0, errorRate: 0 };

/** Counts what a wire brings. */
export class FeedCounter {
  private current: FeedFigures;
  private kept: readonly Refusal[];
  private changed = false;

  constructor(
    { figures, refusals }: Pick<StoredBinding, 'figures' | 'refusals'>,
    private readonly now: () => number,
  ) {
    this.current = { ...NOTHING, ...figures };
    this.kept = refusals;
  }

  get figures(): FeedFigures {
    return this.current;
  }

  /** The last ones, newest first. */
  get refusals(): readonly Refusal[] {
    return this.kept;
  }

  /** Whether something was counted since the last time that this was asked. */
  takeChanged(): boolean {
    const { changed } = this;
    this.changed = false;
    return changed;
  }

  /** What was to be written was not: it is still to be. */
  keepChanged(): void {
    this.changed = true;
  }

  came(): void {
    this.changed = true;
    this.current = { ...this.current, received: this.current.received + 1, lastAt: new Date(this.now()).toISOString() };
  }

  postponed(): void {
    this.changed = true;
    this.current = { ...this.current, postponed: this.current.postponed + 1 };
  }

  /** @param ms from when it came */
  ended(document: ReceivedDocument, outcome: Exclude<SinkOutcome, { kind: 'later' }>, ms: number): void {
    this.changed = true;
    const { taken, repeated, refused, latencyMs, errorRate } = this.current;
    if (outcome.kind === 'taken') {
      this.current = {
        ...this.current,
        taken: taken + (outcome.repeated ? 0 : 1),
        repeated: repeated + (outcome.repeated ? 1 : 0),
        latencyMs: rounded(taken + repeated === 0 ? ms : latencyMs + WEIGHT * (ms - latencyMs)),
        errorRate: rounded(errorRate * (1 - WEIGHT)),
      };
      return;
    }
    this.current = { ...this.current, refused: refused + 1, errorRate: rounded(errorRate + WEIGHT * (1 - errorRate)) };
    const { code, reason } = outcome;
    const { identity } = document;
    const excerpt = excerptOf(document.document);
    const refusal = {
      at: new Date(this.now()).toISOString(),
      code,
      reason: reason.slice(0, 500),
      ...(identity === undefined ? {} : { identity: storable(identity.slice(0, 200)) }),
      ...(excerpt === undefined ? {} : { excerpt }),
    };
    this.kept = [refusal, ...this.kept].slice(0, KEPT_REFUSALS);
  }
}

function excerptOf(document: unknown): string | undefined {
  if (document === undefined) return undefined;
  if (typeof document === 'string') return storable(document.slice(0, EXCERPT_CHARACTERS));
  if (ArrayBuffer.isView(document)) return storable(bytesOf(document).subarray(0, EXCERPT_CHARACTERS).toString('utf8'));
  return storable(JSON.stringify(document).slice(0, EXCERPT_CHARACTERS));
}

/** PostgreSQL's jsonb holds neither NUL nor half a surrogate pair. */
function storable(text: string): string {
  return text.replace(/\0|\p{Surrogate}/gu, '\uFFFD');
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
