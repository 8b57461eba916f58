import type { SourcedRow } from '../../inbox/delivery.js';
import type { Claim, Verdict } from '../../inbox/claim.js';
import type { HeldKey, InboxState } from '../../inbox/inbox-state.js';
import { frontier, type Source, sourcedRow } from '../../inbox/source.js';
import type { LogReader } from '../../log/log-reader.js';
import { comparePositions, type Position } from '../../log/log-row.js';
import type { Backlog, Backlogs } from './backlog.js';
import { isNews, type Remembered, remembered } from './changes.js';
import type { FilterCheck } from './filter-check.js';
import type { RowDocuments } from './row-documents.js';
import { emptyToldSource, remember, type Told, type ToldKey, type ToldSource } from './told.js';

/** What a run works with. */
export interface TermsParts {
  documents: RowDocuments;
  filters: FilterCheck;
  backlogs: Backlogs;
  reader: LogReader;
}

/** The untouched messages of a held key, as far as they were read. */
export interface HeldRest {
  rest: readonly SourcedRow[];
  /** Whether there are no more of the key up to `reached`. */
  complete: boolean;
  /** The frontier of the source. */
  reached: Position;
}

type Judge = (row: SourcedRow) => Verdict;

/** Messages looked at at once where some may be passed over. */
const LOOK_AHEAD = 256;
/**
 * An interval is closed so long after its end, in milliseconds: a message accepted just before the end may be committed, and a broker's idea of the
 * database's clock may be wrong, by less than that.
 */
export const CLOSING_MS = 50;

/**
 * One claim's look at the terms of an inbox's subscriptions. For each ordering key, in its order:
 *
 * 1. the filter was applied already, as a dispatch check;
 * 2. a message accepted within the interval after the one told last waits for its end, and a newer one of the interval takes its place;
 * 3. what is left is told when it is news after the one told last (only-changes, deadband).
 *
 * All of it follows from the messages, their acceptance times and what was told last, which is saved with the inbox's state: so which broker
 * claims, and when, makes no difference to what is told.
 */
export class TermsRun {
  private readonly told: Told = {};
  private readonly backlog = new Map<string, Backlog>();
  private readonly beyondOf = new Map<string, readonly SourcedRow[]>();

  constructor(
    private readonly parts: TermsParts,
    sources: readonly Source[],
    state: InboxState,
    private readonly now: number,
  ) {
    for (const { key, terms } of sources) {
      const known = state.told?.[key];
      if (terms !== undefined) this.told[key] = known === undefined ? emptyToldSource() : structuredClone(known);
    }
  }

  /** What was told, to be saved; undefined when there is nothing to remember. */
  get memory(): Told | undefined {
    return Object.keys(this.told).length === 0 ? undefined : this.told;
  }

  /** How many messages are to be read of a source's held key; undefined: as many as asked for. */
  lookFor(source: Source, room: number): number | undefined {
    return source.terms?.isPaced === true ? Math.max(room, LOOK_AHEAD) : undefined;
  }

  /** How many messages are to be read of every source. */
  lookAhead(room: number): number {
    return Math.max(room, LOOK_AHEAD);
  }

  /** To be told of every message that is handed out. One that comes again was told before. */
  readonly onGrant = (row: SourcedRow, redelivered: boolean): void => {
    const memory = this.told[row.source];
    if (memory === undefined || row.terms === undefined || redelivered) return;
    memory.counts.delivered += 1;
    const { revision } = row.terms;
    const end = this.endOf(row, memory.keys[row.key]);
    const accepted = row.acceptedAt.getTime();
    remember(memory, row.key, { revision, at: Math.max(accepted, end ?? accepted), ...this.rememberedOf(row) });
  };

  /** Moves the frontiers of subscribers that are behind and want only the latest past what is older. */
  async skipBacklog(sources: readonly Source[], claim: Claim<SourcedRow>): Promise<void> {
    for (const source of sources) {
      const memory = this.told[source.key];
      if (memory === undefined) continue;
      const threshold = source.terms?.behindThreshold;
      const backlog =
        threshold === undefined
          ? undefined
          : await this.parts.backlogs.look(source, frontier(claim.current, source), threshold, memory.backlog);
      memory.backlog = backlog?.end;
      if (backlog === undefined) {
        this.backlog.delete(source.key);
        continue;
      }
      this.backlog.set(source.key, backlog);
      memory.counts.passed += backlog.skipped;
      if (backlog.skipTo !== undefined) claim.skipTo(source.key, backlog.skipTo);
    }
  }

  /** Verdicts on messages at the frontier, after those of the dispatch checks. */
  frontier(claim: Claim<SourcedRow>, checked: Judge): Judge {
    return (row) => {
      const verdict = checked(row);
      const memory = this.told[row.source];
      if (memory === undefined) return verdict;
      if (this.isOutdated(row)) return this.pass(memory);
      if (row.terms === undefined) return verdict;
      if (verdict !== 'deliver') return this.count(memory, row, verdict);
      const end = this.endOf(row, memory.keys[row.key]);
      if (end !== undefined) {
        if (claim.isPending(row.source, row.key, end)) memory.counts.passed += 1;
        return { waitUntil: end + CLOSING_MS, window: end };
      }
      // What is news after the one that waits is not known yet.
      if (claim.isPending(row.source, row.key)) return 'deliver';
      return this.isNewsAfter(row, memory) ? 'deliver' : this.pass(memory);
    };
  }

  /** Verdicts on the messages of a held key, after those of the dispatch checks. What was given back was told before, and is not judged again. */
  async held(source: Source, held: HeldKey, found: HeldRest, checked: Judge): Promise<Judge> {
    const memory = this.told[source.key];
    if (memory === undefined) return checked;
    const retried = new Set(held.retry);
    const beyond = source.terms?.isPaced === true && found.complete ? await this.beyond(source, found.reached) : [];
    return (row) => {
      const verdict = checked(row);
      if (row.terms === undefined || retried.has(row.position)) return verdict;
      if (verdict !== 'deliver') return this.count(memory, row, verdict);
      const end = this.endOf(row, memory.keys[row.key]);
      if (end !== undefined) {
        const later = [...found.rest.filter((each) => comparePositions(each.position, row.position) > 0), ...beyond];
        if (later.some((each) => this.replaces(each, row, end, checked))) return this.pass(memory);
        if (this.now < end + CLOSING_MS) return { waitUntil: end + CLOSING_MS, window: end };
        // Until a message from after the interval, or the end of the stream, is seen, there may be a newer one.
        const isOver = later.some(({ acceptedAt }) => acceptedAt.getTime() >= end) || (found.complete && beyond.length < LOOK_AHEAD);
        if (!isOver) return { waitUntil: this.now, window: end };
      }
      return this.isNewsAfter(row, memory) ? 'deliver' : this.pass(memory);
    };
  }

  private replaces(later: SourcedRow, row: SourcedRow, end: number, checked: Judge): boolean {
    return (
      later.key === row.key &&
      later.acceptedAt.getTime() < end &&
      later.terms?.revision === row.terms?.revision &&
      checked(later) !== 'pass' &&
      this.parts.filters.outcome(later) === 'match'
    );
  }

  /** The end of the interval in which a message was accepted; undefined when it was accepted in none. */
  private endOf({ terms, acceptedAt }: SourcedRow, told: ToldKey | undefined): number | undefined {
    if (terms?.minIntervalMs === undefined || told === undefined || told.revision !== terms.revision) return undefined;
    const end = told.at + terms.minIntervalMs;
    return acceptedAt.getTime() < end ? end : undefined;
  }

  private isNewsAfter(row: SourcedRow, memory: ToldSource): boolean {
    const { terms } = row;
    if (terms === undefined || (terms.deadband === undefined && terms.onlyChanges === undefined)) return true;
    return isNews(terms, memory.keys[row.key], this.rememberedOf(row));
  }

  private rememberedOf(row: SourcedRow): Remembered {
    const { terms } = row;
    if (terms === undefined || (terms.deadband === undefined && terms.onlyChanges === undefined)) return {};
    return remembered(terms, this.parts.documents.of(row).payload);
  }

  private isOutdated(row: SourcedRow): boolean {
    const backlog = this.backlog.get(row.source);
    return backlog !== undefined && comparePositions(row.position, backlog.end) <= 0 && !backlog.latest.has(row.position);
  }

  /** The messages after the frontier, as far as they are looked at. */
  private async beyond(source: Source, reached: Position): Promise<readonly SourcedRow[]> {
    const id = `${source.key} ${reached}`;
    const known = this.beyondOf.get(id);
    if (known !== undefined) return known;
    const [rows = []] = await this.parts.reader.after([{ channel: source.channel, lane: source.lane, after: reached }], LOOK_AHEAD);
    const sourced = rows.map((row) => sourcedRow(source, row));
    this.beyondOf.set(id, sourced);
    return sourced;
  }

  private pass(memory: ToldSource): Verdict {
    memory.counts.passed += 1;
    return 'pass';
  }

  private count(memory: ToldSource, row: SourcedRow, verdict: Verdict): Verdict {
    if (verdict !== 'pass' || row.terms?.filter === undefined) return verdict;
    const outcome = this.parts.filters.outcome(row);
    if (outcome === 'failed') memory.counts.failed += 1;
    else if (outcome === 'miss') memory.counts.passed += 1;
    return verdict;
  }
}
