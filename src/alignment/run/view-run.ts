import type { Units } from '../../dictionary/unit/units.js';
import { comparePositions, type Position, streamChannel } from '../../exchange/log/log-row.js';
import type { StreamPlace, StreamRow } from '../../exchange/log/stream-reader.js';
import { slotOf } from '../aggregate/slot.js';
import { Timeline } from '../aggregate/timeline.js';
import type { ViewMembers } from '../member/surroundings.service.js';
import type { ValueWay } from '../member/value-adaptation.js';
import { PublishedValue, ValueReader } from '../member/value-reader.js';
import { slotContent, type ExpectedMember } from '../slot/slot-rows.js';
import { slotText } from '../slot/slot-message.js';
import { timelineRules, type View, type ViewFigures } from '../view/view.js';
import type { ClosedSlot, DueSlot, Remembered } from './checkpoints.js';
import type { ViewTimes } from './view-times.js';

/** One view while this broker joins it. All moments are epoch ms by the database's clock. */
export class ViewRun {
  readonly timeline: Timeline;
  private readonly cursors: Map<string, Position>;
  private readonly figures: { -readonly [Name in keyof ViewFigures]: ViewFigures[Name] };
  private members: ViewMembers = { members: [], around: new Set(), unplaced: [] };
  private expected: readonly ExpectedMember[] = [];
  private readers: ReadonlyMap<string, readonly ValueReader[]> = new Map();
  private ways: ReadonlyMap<string, ValueWay> = new Map();
  private newest = 0;
  private lastArrival: number;
  private isChanged = false;
  private savedBytes = 0;
  private savedAt = 0;
  /** When it was last looked who is joined. */
  lookedAt = Number.NEGATIVE_INFINITY;
  /** Whether something happened that may change who is joined. */
  mayHaveChanged = true;
  /** When it is to be looked at again. */
  dueAt = 0;

  constructor(
    readonly view: View,
    readonly fence: number,
    remembered: Remembered,
    private readonly units: Units,
    private readonly times: ViewTimes,
    now: number,
  ) {
    this.timeline = new Timeline(timelineRules(view.definition), remembered.timeline);
    this.cursors = new Map(remembered.cursors);
    this.figures = { ...remembered.figures };
    this.lastArrival = now;
  }

  /** Whether it concerns the run that something happened to this twin. */
  isAbout(twin: string): boolean {
    return this.members.around.has(twin);
  }

  /** Takes in who is joined from now on. */
  join(members: ViewMembers): void {
    this.members = members;
    const { columns } = this.view.definition;
    const readers = new Map<string, ValueReader[]>();
    const ways = new Map<string, ValueWay>();
    const kept = new Set<string>();
    for (const member of members.members) {
      const channel = streamChannel('feature', member.twin, member.feature);
      if (member.interrupted === true) kept.add(channel);
      const column = columns[member.column];
      if (member.missing !== undefined || column === undefined) continue;
      const reader = new ValueReader(member, column, this.units);
      ways.set(channel, member);
      const known = readers.get(channel);
      if (known === undefined) readers.set(channel, [reader]);
      else known.push(reader);
    }
    this.readers = readers;
    this.ways = ways;
    this.expected = members.members.map(({ twin, column, missing }) => [twin, column, missing ?? 0]);
    for (const channel of this.cursors.keys()) if (!readers.has(channel) && !kept.has(channel)) this.cursors.delete(channel);
  }

  /** How the values of a stream reach the host. */
  wayOf(channel: string): ValueWay {
    return this.ways.get(channel) ?? {};
  }

  /** Streams that are joined but have no place yet: they are read from their end on. */
  unplaced(): string[] {
    return [...this.readers.keys()].filter((channel) => !this.cursors.has(channel));
  }

  /** Begins to read a stream after a position. */
  place(channel: string, after: Position): void {
    this.cursors.set(channel, after);
    this.isChanged = true;
  }

  /** What it reads, each from where it is; nothing while it stands still. */
  streams(): StreamPlace[] {
    if (this.members.blocked !== undefined) return [];
    return [...this.readers.keys()].flatMap((channel) => {
      const after = this.cursors.get(channel);
      return after === undefined ? [] : [{ channel, after }];
    });
  }

  /** Counts the next rows of a stream. What lies before its place was counted already. */
  take(channel: string, rows: readonly StreamRow[], now: number): void {
    const readers = this.readers.get(channel) ?? [];
    for (const row of rows) {
      if (comparePositions(row.position, this.cursors.get(channel) ?? '0') <= 0) continue;
      this.cursors.set(channel, row.position);
      const published = new PublishedValue(row);
      for (const reader of readers) this.count(reader, published, now);
    }
    if (rows.length === 0) return;
    this.isChanged = true;
    this.lastArrival = now;
  }

  private count(reader: ValueReader, published: PublishedValue, now: number): void {
    const sample = reader.read(published);
    if (sample === undefined) {
      this.figures.unreadable += 1;
      return;
    }
    if (sample.at > now + Math.max(this.times.aheadMs, this.view.definition.slotMs)) {
      this.figures.ahead += 1;
      return;
    }
    if (sample.at > this.newest) this.newest = sample.at;
    switch (this.timeline.add(reader.twin, reader.column, sample)) {
      case 'counted':
        this.figures.counted += 1;
        break;
      case 'correcting':
        this.figures.corrected += 1;
        break;
      case 'late':
        this.figures.late += 1;
        break;
      case 'full':
        this.figures.overflowed += 1;
        break;
    }
  }

  /**
   * Up to where the watermark has come.
   * @param complete up to this moment everything that was accepted has been counted
   */
  private reached(complete: number): number {
    const { lateness } = this.view.definition;
    const isIdle = complete - this.lastArrival >= lateness.idleMs;
    return (isIdle ? complete : Math.min(this.newest, complete)) - lateness.delayMs;
  }

  /** Whether a slot is to be closed. What came late is put into its slots before, so that those that follow begin with it. */
  isCloseDue(complete: number): boolean {
    const { next } = this.timeline.state;
    return this.members.blocked === undefined && next + this.view.definition.slotMs <= this.reached(complete);
  }

  /** Closes the slots that the watermark has passed. */
  close(complete: number): ClosedSlot[] {
    if (this.members.blocked !== undefined) return [];
    const { slotMs, retainSeconds } = this.view.definition;
    const reached = this.reached(complete);
    const skipped = this.timeline.skipTo(slotOf(reached - retainSeconds * 1_000, slotMs));
    this.figures.skippedSlots += skipped;
    const closed = this.timeline.advance(reached, this.times.closedAtOnce).map((slot) => ({ slot, expected: this.expected }));
    if (closed.length > 0 || skipped > 0) this.isChanged = true;
    return closed;
  }

  /** Puts what came late into slots that were closed before. */
  correct(slots: ReadonlyMap<number, ClosedSlot>): ClosedSlot[] {
    const { changed, lost } = this.timeline.correct(new Map([...slots].map(([from, { slot }]) => [from, slot])));
    this.figures.corrected -= lost;
    this.figures.late += lost;
    return changed.flatMap((slot) => slots.get(slot.from) ?? []);
  }

  /** The slot as it is to be published. */
  due({ slot, expected }: ClosedSlot): DueSlot {
    const content = slotContent(this.view.definition, slot, expected, this.members.join);
    return { slot, expected, text: slotText(this.view, slot.from, slot.revision, content) };
  }

  /** Whether something is to be stored that has waited long enough. */
  isSaveDue(now: number): boolean {
    const pause = Math.max(this.times.saveMs, (this.savedBytes / this.times.saveBytesPerSecond) * 1_000);
    return this.isChanged && now - this.savedAt >= pause;
  }

  /** What is to be stored. */
  remembered(): Remembered {
    return { timeline: this.timeline.state, cursors: this.cursors, figures: this.figures };
  }

  /** It was stored. */
  saved(bytes: number, now: number): void {
    this.isChanged = false;
    this.savedBytes = bytes;
    this.savedAt = now;
  }
}
