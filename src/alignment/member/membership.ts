import type { Geometry } from 'geojson';
import { isEncoded } from '../../exchange/adaptation/payload-decoder.js';
import type { LiveConnection } from '../../federation/connection-directory.js';
import type { ConnectionState } from '../../federation/connection-state.js';
import type { Units } from '../../dictionary/unit/units.js';
import type { TwinId } from '../../kernel/ids.js';
import type { TwinFact } from '../../registry/twin-facts.js';
import type { FeatureSpec } from '../../registry/twin.js';
import type { MemberReference, ViewColumn, ViewDefinition } from '../view/view.js';
import type { Member, ReceivedForm } from './member.js';
import { unitAt } from './source-unit.js';

/** Members that one view joins at most, over all its columns; those beyond, in the order of their ids, are left out. */
export const MAX_MEMBERS = 20_000;

/** What is known of the twins around a view's host. */
export interface Surroundings {
  /** The host's open connections within the view's federation. */
  readonly connections: readonly LiveConnection[];
  readonly facts: ReadonlyMap<TwinId, TwinFact>;
}

/** How a feature can be reached over a connection. */
type Way = 'open' | 'suspended' | 'lost' | 'none';

const RANK: Readonly<Record<Way, number>> = { open: 0, suspended: 1, lost: 2, none: 3 };

/** The best connection for a feature. */
interface BestWay {
  readonly way: Way;
  readonly connection?: LiveConnection;
}

const NO_WAY: BestWay = { way: 'none' };

/** Twins that may become members: those named, and those connected to the host where a column selects. */
export function twinsAround({ host, columns }: ViewDefinition, connections: readonly LiveConnection[]): TwinId[] {
  const named = columns.flatMap(({ members = [] }) => members.map(({ twin }) => twin));
  const selects = columns.some(({ select }) => select !== undefined);
  const connected = selects ? connections.flatMap(({ requester, responder }) => (requester === host ? responder : requester)) : [];
  return [...new Set([...named, ...connected])].toSorted();
}

/** Who belongs to a view, in the order of columns and ids, and why some are not joined at the moment. */
export function membersOf(view: ViewDefinition, { connections, facts }: Surroundings, units: Units): Member[] {
  const ways = waysOf(connections);
  const members = view.columns.flatMap((column, index) =>
    candidates(view, column, connections, facts).map(({ twin, feature }) =>
      memberOf(view.host, column, index, twin, feature, facts.get(twin), ways.get(`${twin} ${feature}`) ?? NO_WAY, units),
    ),
  );
  return members.slice(0, MAX_MEMBERS);
}

function candidates(
  { host }: ViewDefinition,
  { members, select }: ViewColumn,
  connections: readonly LiveConnection[],
  facts: ReadonlyMap<TwinId, TwinFact>,
): readonly MemberReference[] {
  if (members !== undefined) return members;
  const found = new Map<string, MemberReference>();
  for (const { features } of connections) {
    for (const { twin, kind, name } of features) {
      if (twin === host || kind !== 'data') continue;
      const fact = facts.get(twin);
      const feature = fact && dataFeature(fact, name);
      if (feature === undefined || (select?.domain !== undefined && select.domain !== fact?.domain)) continue;
      if (select?.feature !== undefined && select.feature !== name) continue;
      if (select?.semanticType !== undefined && select.semanticType !== feature.semanticType) continue;
      found.set(`${twin} ${name}`, { twin, feature: name });
    }
  }
  return [...found].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, member]) => member);
}

function memberOf(
  host: TwinId,
  column: ViewColumn,
  index: number,
  twin: TwinId,
  feature: string,
  fact: TwinFact | undefined,
  { way, connection }: BestWay,
  units: Units,
): Member {
  const spec = fact && dataFeature(fact, feature);
  const place: { area?: Geometry } = fact?.area === undefined ? {} : { area: fact.area };
  const member: Member = { twin, feature, column: index, ...place };
  // Of a twin to which there is no connection nothing is told, not even whether it exists.
  if (way === 'none' || connection === undefined) return { twin, feature, column: index, missing: 'no-connection' };
  if (fact === undefined) return { ...member, missing: 'twin-unknown' };
  if (fact.status === 'SUSPENDED') return { ...member, missing: 'twin-suspended', interrupted: true };
  if (fact.status === 'EXPIRED') return { ...member, missing: 'twin-expired', interrupted: true };
  if (spec === undefined) return { ...member, missing: 'feature-unknown' };
  switch (way) {
    case 'suspended':
      return { ...member, missing: 'connection-suspended', interrupted: true };
    case 'lost':
      return { ...member, missing: 'connection-lost', interrupted: true };
    case 'open': {
      const need = needFor(connection, twin, spec);
      const form = need ?? spec;
      const encoded = isEncoded(form) ? { form, schema: form.schema, by: need === undefined ? twin : host } : undefined;
      return { ...member, connectionId: connection.id, ...(encoded && { encoded }), ...unitOf(column, spec, units, need) };
    }
  }
}

/** The form that the host declared to need, if the plan of the connection serves it: in that it gets the feature. */
function needFor({ needs }: LiveConnection, twin: TwinId, feature: FeatureSpec): ReceivedForm | undefined {
  return needs.find(({ kind, serves }) => kind === 'data' && serves.twin === twin && serves.name === feature.name);
}

/**
 * How the values of a feature come into the unit of a column.
 * @param need the form in which they are received; what it does not say of a number, the plan leaves as it was
 */
export function unitOf(
  { unit, sourceUnit, pointer }: ViewColumn,
  feature: Pick<FeatureSpec, 'schema' | 'unit'>,
  units: Units,
  need?: ReceivedForm,
): Pick<Member, 'missing' | 'unit'> {
  if (unit === undefined) return {};
  const received = need && unitAt(pointer === '' ? need : { schema: need.schema }, pointer);
  const spoken = received ?? unitAt(feature, pointer) ?? sourceUnit;
  if (spoken === undefined) return { missing: 'unit-unknown' };
  try {
    const source = units.read(spoken);
    if (!units.commensurable(source, unit)) return { missing: 'unit-incommensurable' };
    return source.code === unit ? {} : { unit: source.code };
  } catch {
    // A unit in a schema that nobody has checked.
    return { missing: 'unit-unknown' };
  }
}

function dataFeature({ features }: TwinFact, name: string): FeatureSpec | undefined {
  return features.find((each) => each.kind === 'data' && each.name === name);
}

function waysOf(connections: readonly LiveConnection[]): ReadonlyMap<string, BestWay> {
  const ways = new Map<string, BestWay>();
  for (const connection of connections) {
    const way = wayOf(connection.state);
    for (const { twin, kind, name } of connection.features) {
      if (kind !== 'data') continue;
      const key = `${twin} ${name}`;
      if (RANK[way] < RANK[(ways.get(key) ?? NO_WAY).way]) ways.set(key, { way, connection });
    }
  }
  return ways;
}

function wayOf(state: ConnectionState): Way {
  switch (state) {
    case 'CONNECTED':
      return 'open';
    case 'SUSPENDED':
      return 'suspended';
    case 'LOST':
      return 'lost';
    case 'REQUESTED':
    case 'NEGOTIATING':
    case 'REJECTED':
    case 'EXPIRED':
    case 'RELEASED':
      return 'none';
  }
}
