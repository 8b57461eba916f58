import type { DomainEventKind, PlacedEvent } from '../../database/domain-events.js';
import type { Principal } from '../../security/principal.js';
import type { FeatureNews } from './feature-news.js';

/** What the feed tells of twins. `twinWithdrawn`: the twin is there, but the reader no longer sees it. */
export const REGISTRY_EVENT_TYPES = [
  'twinRegistered',
  'twinUpdated',
  'twinDeregistered',
  'twinStatusChanged',
  'twinTransferred',
  'twinMaintenanceChanged',
  'twinWithdrawn',
] as const;
export type RegistryEventType = (typeof REGISTRY_EVENT_TYPES)[number];

const TYPES = {
  'twin.registered': 'twinRegistered',
  'twin.updated': 'twinUpdated',
  'twin.deregistered': 'twinDeregistered',
  'twin.status-changed': 'twinStatusChanged',
  'twin.transferred': 'twinTransferred',
  'twin.maintenance-changed': 'twinMaintenanceChanged',
} as const satisfies Partial<Record<DomainEventKind, RegistryEventType>>;

/** The domain events that the feed is made of. */
export const REGISTRY_EVENT_KINDS = Object.keys(TYPES) as (keyof typeof TYPES)[];

/** One piece of news of a twin, as a reader is told it. */
export interface RegistryEvent {
  readonly type: RegistryEventType;
  readonly twin: string;
  readonly owner?: string;
  readonly domain?: string;
  readonly incarnation?: number;
  readonly version?: number;
  /** Of a registration, update or deregistration: the features it touched. */
  readonly features?: FeatureNews;
  /** Whatever else the kind of event tells: previous and new status, from and to, a maintenance window. */
  readonly [detail: string]: unknown;
  /** When it was committed, RFC 3339, by the database clock. */
  readonly recordedAt: string;
}

/** Which events a reader asks for; what is absent excludes nothing. */
export interface RegistryEventFilter {
  readonly types?: readonly RegistryEventType[];
  readonly domain?: string;
  readonly owner?: string;
  readonly twin?: string;
  /** Only events that touch a feature of this name. */
  readonly feature?: string;
}

/** With whose eyes the feed is read: a principal, and the open federations it shares now. */
export interface Reader {
  readonly principal: Principal;
  readonly circles: ReadonlySet<string>;
}

/** What the database adds to news of a twin; see publish_domain_events. */
interface Audience {
  readonly owner?: unknown;
  readonly access?: unknown;
  readonly circles?: unknown;
  /** The access before an update that changed it. */
  readonly previousAccess?: unknown;
  /** Of a transfer: the former owner. */
  readonly from?: unknown;
}

const INTERNAL = new Set(['access', 'previousAccess', 'circles']);

/** The event as the reader is told it; undefined when it could not see the twin then, or did not ask for it. */
export function registryEvent(event: PlacedEvent, reader: Reader, filter: RegistryEventFilter): RegistryEvent | undefined {
  if (!isRegistryKind(event.kind)) return undefined;
  const sees = sight(event.data, reader);
  if (sees === 'nothing') return undefined;
  const recordedAt = event.recordedAt.toISOString();
  const told: RegistryEvent =
    sees === 'departure'
      ? { type: 'twinWithdrawn', twin: event.subject, recordedAt }
      : { type: TYPES[event.kind], twin: event.subject, ...detailOf(event.data), recordedAt };
  return isAskedFor(told, filter, event.data) ? told : undefined;
}

function isRegistryKind(kind: string): kind is keyof typeof TYPES {
  return Object.hasOwn(TYPES, kind);
}

/** Decided by who could see the twin when it happened, so that a feed read later tells the same as one read live. */
function sight({ owner, access, circles, previousAccess, from }: Audience, reader: Reader): 'all' | 'departure' | 'nothing' {
  const { principal } = reader;
  if (principal.kind === 'operator' || access === 'listed' || owner === principal.organization) return 'all';
  if (Array.isArray(circles) && circles.some((circle) => reader.circles.has(String(circle)))) return 'all';
  return previousAccess === 'listed' || from === principal.organization ? 'departure' : 'nothing';
}

function detailOf(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(data).filter(([name]) => !INTERNAL.has(name)));
}

function isAskedFor(told: RegistryEvent, filter: RegistryEventFilter, data: Readonly<Record<string, unknown>>): boolean {
  return (
    (filter.types === undefined || filter.types.includes(told.type)) &&
    (filter.twin === undefined || filter.twin === told.twin) &&
    // Also of a withdrawal, which does not tell them: who filters by them saw them before.
    (filter.domain === undefined || filter.domain === data['domain']) &&
    (filter.owner === undefined || filter.owner === data['owner'] || filter.owner === data['from']) &&
    (filter.feature === undefined || touches(data['features'], filter.feature))
  );
}

function touches(news: unknown, feature: string): boolean {
  if (typeof news !== 'object' || news === null) return false;
  return Object.values(news).some((names) => Array.isArray(names) && names.includes(feature));
}
