import type { Geometry } from 'geojson';
import { Injectable } from '@nestjs/common';
import { Units } from '../../dictionary/unit/units.js';
import { ConnectionDirectory } from '../../federation/connection-directory.js';
import { InvalidId, parseTwinId, type TwinId } from '../../kernel/ids.js';
import { type TwinFact, TwinFacts } from '../../registry/twin-facts.js';
import { PlaceJoin } from '../spatial/place-join.js';
import type { ViewDefinition } from '../view/view.js';
import type { Member } from './member.js';
import { membersOf, twinsAround } from './membership.js';

/** Why a view stands still. */
export type Blocked = 'host-unknown' | 'host-suspended' | 'host-expired' | 'host-without-feature';

/** Who is joined by a view at the moment, and where they are. */
export interface ViewMembers {
  readonly members: readonly Member[];
  readonly blocked?: Blocked;
  /** Twins whose changes may change this. */
  readonly around: ReadonlySet<string>;
  /** Of rows by place. */
  readonly join?: PlaceJoin;
  /** Places whose twin is unknown or has no coverage. */
  readonly unplaced: readonly string[];
}

/** Looks at the connections of a view's host and at the registrations of those at their other ends. */
@Injectable()
export class SurroundingsService {
  constructor(
    private readonly connections: ConnectionDirectory,
    private readonly facts: TwinFacts,
    private readonly units: Units,
  ) {}

  /** Who is joined now. */
  async of(view: ViewDefinition): Promise<ViewMembers> {
    const connections = (await this.connections.of(view.host)).filter(({ federationId }) => federationId === view.federationId);
    const around = new Set<TwinId>([view.host, ...twinsAround(view, connections), ...placeTwins(view)]);
    const facts = await this.facts.of([...around]);
    const members = membersOf(view, { connections, facts }, this.units);
    return { members, blocked: blockedBy(view, facts.get(view.host)), around, ...placesOf(view, facts, members) };
  }
}

function blockedBy({ feature }: ViewDefinition, host: TwinFact | undefined): Blocked | undefined {
  if (host === undefined) return 'host-unknown';
  if (host.status === 'SUSPENDED') return 'host-suspended';
  if (host.status === 'EXPIRED') return 'host-expired';
  return host.features.some(({ kind, name }) => kind === 'data' && name === feature) ? undefined : 'host-without-feature';
}

/** Twins that stand for places. */
function placeTwins({ rows }: ViewDefinition): TwinId[] {
  if (rows.by !== 'place') return [];
  return rows.places.flatMap(({ id, area }) => {
    try {
      return area === undefined ? [parseTwinId(id)] : [];
    } catch (error) {
      if (error instanceof InvalidId) return [];
      throw error;
    }
  });
}

function placesOf(
  { rows }: ViewDefinition,
  facts: ReadonlyMap<string, TwinFact>,
  members: readonly Member[],
): Pick<ViewMembers, 'join' | 'unplaced'> {
  if (rows.by !== 'place') return { unplaced: [] };
  const standing = new Map<string, Geometry>(members.flatMap(({ twin, area }) => (area === undefined ? [] : [[twin, area] as const])));
  const places = rows.places.map(({ id, area }) => ({ id, area: area ?? facts.get(id)?.area }));
  const located = places.flatMap(({ id, area }) => (area === undefined ? [] : [{ id, area }]));
  return { join: new PlaceJoin(located, standing), unplaced: places.filter(({ area }) => area === undefined).map(({ id }) => id) };
}
