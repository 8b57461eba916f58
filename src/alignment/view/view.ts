import type { Geometry } from 'geojson';
import type { FederationId, OrganizationId, TwinId } from '../../kernel/ids.js';
import type { Aggregation } from '../aggregate/cell.js';
import type { TimelineRules } from '../aggregate/timeline.js';

/** A data feature of a twin. */
export interface MemberReference {
  readonly twin: TwinId;
  readonly feature: string;
}

/** Which data features of the twins that the host is connected to; what is absent does not matter. */
export interface MemberSelection {
  /** Domain of the twin. */
  readonly domain?: string;
  /** IRI of the term that the feature means. */
  readonly semanticType?: string;
  /** Name of the feature. */
  readonly feature?: string;
}

/** One column of a view: one quantity of all its members, in one unit. */
export interface ViewColumn {
  readonly name: string;
  /** Either these … */
  readonly members?: readonly MemberReference[];
  /** … or whoever is selected, asked anew whenever the registry or a connection changes. */
  readonly select?: MemberSelection;
  /** RFC 6901 pointer to the number within the payload; empty, the payload itself. */
  readonly pointer: string;
  /** Pointer to the RFC 3339 time of observation within the payload, where messages themselves do not say it. */
  readonly timePointer?: string;
  /** Pointer to a GeoJSON point, or an array of longitude and latitude, of things that move. */
  readonly placePointer?: string;
  readonly aggregation: Aggregation;
  /** Canonical UCUM; absent, values stay as they are. */
  readonly unit?: string;
  /** What members that declare no unit are taken to speak. */
  readonly sourceUnit?: string;
  /** Interpolation limit: for how long a value holds when no other follows, in milliseconds; 0: within its slot alone. */
  readonly holdMs: number;
}

/** A place that members are joined to. */
export interface ViewPlace {
  readonly id: string;
  /** Absent: the coverage of the twin of this id. */
  readonly area?: Geometry;
}

/** How members become rows. */
export type ViewRows =
  | { readonly by: 'twin' }
  | { readonly by: 'all' }
  | {
      readonly by: 'place';
      readonly places: readonly ViewPlace[];
      /** `nearest`: one member for each place and column. `within`: all that lie in the place, or near enough. */
      readonly join: 'nearest' | 'within';
      /** The farthest that counts, in meters. */
      readonly maxMeters?: number;
    };

/** When a slot is closed, and what becomes of values that come after that. */
export interface Lateness {
  /** How far the watermark stays behind the newest observation, in milliseconds. */
  readonly delayMs: number;
  /** Without anything new for so long, the watermark follows the clock, in milliseconds. */
  readonly idleMs: number;
  readonly policy: 'drop' | 'correct';
  /** Of `correct`: for how long after its end a slot is corrected, in milliseconds. */
  readonly correctMs: number;
}

/** What a view is. */
export interface ViewDefinition {
  readonly name: string;
  readonly description?: string;
  readonly federationId: FederationId;
  /** The twin that joins: by its connections, and on whose feature the slots are published. */
  readonly host: TwinId;
  readonly feature: string;
  readonly slotMs: number;
  readonly columns: readonly ViewColumn[];
  readonly rows: ViewRows;
  readonly lateness: Lateness;
  /** For how long closed slots can be asked for, in seconds. */
  readonly retainSeconds: number;
}

/** A view as it is stored. */
export interface View {
  readonly id: string;
  readonly organization: OrganizationId;
  readonly definition: ViewDefinition;
  /** The version it began with: older slots are of a former view of this id. */
  readonly firstVersion: number;
  /** Grows with every change of the definition, which begins its slots anew. */
  readonly version: number;
  /** Whether the view brought its feature to the host, and takes it away again. */
  readonly broughtFeature: boolean;
  /** The lease under which it is joined. */
  readonly slot: number;
  readonly createdAt: Date;
  readonly changedAt: Date;
}

/** What a view has seen so far, since its definition last changed. */
export interface ViewFigures {
  /** Values that were counted. */
  readonly counted: number;
  /** Values that came after their slot had been closed, and corrected it. */
  readonly corrected: number;
  /** Values that came too late to count. */
  readonly late: number;
  /** Values observed so far ahead of the clock that nobody waits for their slot. */
  readonly ahead: number;
  /** Values that were no number, or had none where the pointer shows. */
  readonly unreadable: number;
  /** Values beyond what one cell remembers. */
  readonly overflowed: number;
  /** Slots that were given up because the view stood still for too long. */
  readonly skippedSlots: number;
}

/** Before anything came. */
export const NO_FIGURES: ViewFigures = { counted: 0, corrected: 0, late: 0, ahead: 0, unreadable: 0, overflowed: 0, skippedSlots: 0 };

/** What the timeline of a view has to know of it. */
export function timelineRules({ columns, slotMs, lateness }: ViewDefinition): TimelineRules {
  return { columns, slotMs, correctMs: lateness.policy === 'correct' ? lateness.correctMs : 0 };
}
