import { REGISTRY } from '../client/message.js';
import type { TwinClient } from '../client/twin-client.js';
import type { FoundTerm } from './twin-state.js';

/** A feature that is needed: by what it means and a unit that its own must convert to, or by its name. */
export interface WantedFeature {
  kind: 'data' | 'function';
  name?: string;
  /** IRI of a term; narrower and matching terms satisfy it. */
  semanticTerm?: string;
  /** UCUM. */
  unit?: string;
}

/** What is needed of one twin, and where it must be. */
export interface Wish<Role extends string = string> {
  /** The features, by what the seeker calls them. */
  features: Readonly<Record<Role, WantedFeature>>;
  /** As discovery takes it: what intersects a place, or comes near it. */
  area: Readonly<Record<string, unknown>>;
  /** By which of the broker's two faces to ask; both do the same. */
  face: 'rest' | 'message';
}

/** A twin that was found, and what it calls the features that were needed. */
export interface FoundTwin<Role extends string = string> {
  id: string;
  names: Readonly<Record<Role, string>>;
  /** The features that were found by what they mean. */
  terms: readonly FoundTerm[];
}

interface Page<T> {
  items?: T[];
}

/** Finds twins in two steps: who offers all that is needed, and then what it calls each feature. */
export class Finder {
  constructor(
    private readonly client: TwinClient,
    /** Twins of other runs may be around on the same broker; those of this one carry its label. */
    private readonly exercise: string,
  ) {}

  /** The first twin that meets the wish; undefined when there is none. */
  async find<Role extends string>({ features, area, face }: Wish<Role>): Promise<FoundTwin<Role> | undefined> {
    const wanted = Object.entries<WantedFeature>(features);
    const label = { name: 'exercise', value: this.exercise };
    const twins = { area, features: wanted.map(([, feature]) => feature), status: ['ACTIVE'], label };
    const id = (await this.ask<{ id: string }>('digitalTwin', twins, face))[0]?.id;
    if (id === undefined) return undefined;
    const names: Record<string, string> = {};
    const terms: FoundTerm[] = [];
    for (const [role, feature] of wanted) {
      const found = feature.name === undefined ? await this.within(id, feature, face) : { name: feature.name };
      if (found === undefined) return undefined;
      names[role] = found.name;
      if ('asked' in found) terms.push(found);
    }
    // Every role has its name here: the wish lists them all.
    return { id, names: names as Record<Role, string>, terms };
  }

  /** The twin's feature that means what is wanted. */
  async within(twin: string, wanted: WantedFeature, face: Wish['face']): Promise<FoundTerm | undefined> {
    interface Found {
      feature: { name: string; semanticType: string; unit: string };
    }
    const [found] = await this.ask<Found>('feature', { ids: [twin], feature: wanted }, face);
    if (found === undefined) return undefined;
    const { name, semanticType, unit } = found.feature;
    return { twin, name, asked: { term: wanted.semanticTerm ?? '', unit: wanted.unit ?? '' }, has: { term: semanticType, unit } };
  }

  private async ask<T>(type: 'digitalTwin' | 'feature', query: unknown, face: Wish['face']): Promise<T[]> {
    const path = type === 'digitalTwin' ? '/v1/discovery/search' : '/v1/discovery/features';
    const page =
      face === 'message'
        ? (await this.client.ask({ to: REGISTRY, action: 'DISCOVER', object: { type }, payload: query })).payload
        : await this.client.rest('DISCOVER', { type }, REGISTRY.id, 'POST', path, query);
    return (page as Page<T> | undefined)?.items ?? [];
  }
}
