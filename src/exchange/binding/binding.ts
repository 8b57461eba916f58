import type { TwinId } from '../../kernel/ids.js';
import type { FeedState } from './feed-state.js';

/** How much came over a wire, and how well. Counted since the binding was made; a broker that is killed forgets the last second. */
export interface FeedFigures {
  /** Documents that the wire brought. */
  readonly received: number;
  /** Of these, how many became messages, */
  readonly taken: number;
  /** were taken before, */
  readonly repeated: number;
  /** or will never be taken. */
  readonly refused: number;
  /** How often one was to be tried again. */
  readonly postponed: number;
  /** RFC 3339; when the last came. */
  readonly lastAt?: string;
  /** From when a document came until it was durable, in milliseconds: a mean in which the last ones weigh most. */
  readonly latencyMs: number;
  /** Share of documents that were refused, 0 to 1: a mean in which the last ones weigh most. */
  readonly errorRate: number;
}

/** A document that was refused. */
export interface Refusal {
  readonly at: string;
  readonly code: string;
  readonly reason: string;
  /** What the wire calls the document, if it does. */
  readonly identity?: string;
  /** How it begins. */
  readonly excerpt?: string;
}

/** A wire that the broker listens to on behalf of a twin. */
export interface StoredBinding {
  readonly twin: TwinId;
  readonly name: string;
  /** Who configured it. */
  readonly organization: string;
  readonly protocol: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** The data feature whose values come; null: whole messages. */
  readonly feature: string | null;
  readonly enabled: boolean;
  /** Names this configuration. */
  readonly revision: string;
  readonly slot: number;
  readonly configuredAt: Date;
  readonly state: FeedState;
  readonly since: Date;
  readonly reason: string | null;
  readonly sourcePosition: string | null;
  readonly figures: Partial<FeedFigures>;
  readonly refusals: readonly Refusal[];
}

/** Whether another session of the very same settings follows that of an older configuration. */
export function goesOnAs(old: StoredBinding, next: StoredBinding | undefined): boolean {
  const said = ({ organization, protocol, settings }: StoredBinding): string => JSON.stringify([organization, protocol, settings]);
  return next?.enabled === true && said(old) === said(next);
}

/** Key of a binding in maps. */
export function keyOf({ twin, name }: Pick<StoredBinding, 'twin' | 'name'>): string {
  return `${twin} ${name}`;
}

/** Who says that a twin is away when its binding does. */
export function absenceSource(name: string): string {
  return `binding:${name}`;
}
