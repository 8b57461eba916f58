import type { Geometry } from 'geojson';
import type { OrganizationId, TwinId } from '../kernel/ids.js';
import type { LiveStatus } from './registration-status.js';

/** A JSON Schema 2020-12 document: an object or a boolean. */
export type JsonSchemaDocument = boolean | { readonly [keyword: string]: unknown };

/** What a twin can share (Y.4489: feature information): data it provides, or a function it performs. */
export interface FeatureSpec {
  readonly kind: 'data' | 'function';
  /** Unique within the twin. */
  readonly name: string;
  /** Semantic version of the feature's contract. */
  readonly version: string;
  /** IRI of a dictionary term. */
  readonly semanticType?: string;
  readonly description?: string;
  /** UCUM unit of the data. */
  readonly unit?: string;
  /** Of data: what a value looks like. */
  readonly schema?: JsonSchemaDocument;
  /** Of a function: its parameters. */
  readonly input?: JsonSchemaDocument;
  /** Of a function: its result; absent, anything. */
  readonly output?: JsonSchemaDocument;
}

/** Where and when a twin speaks for its object of interest. A missing bound of time is open. */
export interface Coverage {
  readonly area?: Geometry;
  /** RFC 3339, UTC; from this moment on. */
  readonly validFrom?: string;
  /** RFC 3339, UTC; up to, not including, this moment. */
  readonly validTo?: string;
}

/** How a twin keeps in step with the physical world. */
export interface Synchronization {
  readonly direction: 'physical-to-twin' | 'twin-to-physical' | 'bidirectional';
  /** Milliseconds between two synchronizations. */
  readonly periodMs?: number;
  /** Milliseconds that an observation may be old to count as fresh. */
  readonly desiredAgeMs?: number;
}

/** A wire on which the twin itself can be reached. */
export interface Endpoint {
  readonly protocol: string;
  readonly url: string;
  readonly format?: string;
}

/** Who may find a twin without sharing a federation with it: everyone, or nobody. */
export type TwinAccess = 'private' | 'listed';

/** What a twin says of itself: the versioned part of its registration. */
export interface TwinProfile {
  readonly name: string;
  readonly description?: string;
  readonly domain: string;
  readonly objectOfInterest: readonly string[];
  readonly coverage?: Coverage;
  readonly synchronization?: Synchronization;
  readonly endpoints: readonly Endpoint[];
  readonly labels: Readonly<Record<string, string>>;
  readonly access: TwinAccess;
  readonly features: readonly FeatureSpec[];
}

/** Which state of which registration: versions count within an incarnation, incarnations count the registrations of one id. */
export interface Revision {
  readonly incarnation: number;
  readonly version: number;
}

/** The promise to come back before `expiresAt`. */
export interface Lease {
  readonly ttlSeconds: number;
  readonly renewedAt: Date;
  readonly expiresAt: Date;
}

/** A live registration. Status and lease move without a new version. */
export interface TwinRecord extends Revision {
  readonly id: TwinId;
  readonly owner: OrganizationId;
  readonly profile: TwinProfile;
  readonly status: LiveStatus;
  readonly lease?: Lease;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/**
 * What must be true of the stored twin for a change to be made. `expected`: it is at one of these revisions, or, for `any`, it exists.
 * `absent`: it does not exist.
 */
export interface Preconditions {
  readonly expected?: 'any' | readonly Revision[];
  readonly absent?: boolean;
}

/** A registration after a change, and whether that change made it, altered it or found nothing to do. */
export interface RegistrationOutcome {
  readonly twin: TwinRecord;
  readonly change: 'created' | 'replaced' | 'unchanged';
}
