import type { Geometry } from 'geojson';
import type { OrganizationId, TwinId } from '../kernel/ids.js';
import type { Revision } from '../kernel/revision.js';
import type { LiveStatus } from './registration-status.js';

export type { Preconditions, Revision } from '../kernel/revision.js';

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
  /** Of a function: calling it twice with the same input does no more than calling it once; absent, that is not known. */
  readonly idempotent?: boolean;
  /** Name of the payload format that the twin speaks of it in; absent, `json`. The schemas are those of the decoded value. */
  readonly format?: string;
  /** Options of that format; the adaptor reads them when a connection is planned. */
  readonly formatOptions?: Readonly<Record<string, unknown>>;
}

/**
 * The form in which a twin wants to receive data of others, or to call their functions. It offers nothing: no search for features finds it. Without a
 * schema (or input, or output) the value is taken as the other twin's is.
 */
export interface FeatureNeed extends Omit<FeatureSpec, 'version' | 'idempotent'> {
  /** Unique among the twin's needs. */
  readonly name: string;
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

/** On what terms others may use what the twin provides. Informs people and policies; enforces nothing by itself. */
export interface AccessTerms {
  /** IRI of the licence. */
  readonly license?: string;
  /** How the source wants to be named. */
  readonly attribution?: string;
  /** What it may be used for. */
  readonly purposes?: readonly string[];
  /** Whatever else a user must agree to, as prose. */
  readonly conditions?: string;
  /** Whom to ask: a name, an address, a URL. */
  readonly contact?: string;
}

/** Of what an aggregated twin is made up: of other twins, or of the members of a federation (Y.4224 composition; behaviour graded P). */
export type Composition =
  { readonly parts: readonly string[]; readonly federation?: undefined } | { readonly federation: string; readonly parts?: undefined };

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
  readonly accessTerms?: AccessTerms;
  /** Only of an aggregated twin. */
  readonly composition?: Composition;
  readonly features: readonly FeatureSpec[];
  /** Absent: the twin takes what others provide as it is. */
  readonly needs?: readonly FeatureNeed[];
}

/** The promise to come back before `expiresAt`; `toleranceSeconds` later the twin goes stale. */
export interface Lease {
  readonly ttlSeconds: number;
  readonly toleranceSeconds: number;
  readonly renewedAt: Date;
  readonly expiresAt: Date;
}

/** A maintenance window that has begun and is not over. */
export interface RunningMaintenance {
  readonly from: Date;
  readonly to: Date;
  readonly reason?: string;
}

/** A live registration. Status and lease move without a new version. */
export interface TwinRecord extends Revision {
  readonly id: TwinId;
  readonly owner: OrganizationId;
  readonly profile: TwinProfile;
  readonly status: LiveStatus;
  readonly lease?: Lease;
  /** Last contact, coalesced: late by up to a minute. */
  readonly lastSeenAt?: Date;
  readonly maintenance?: RunningMaintenance;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A registration after a change, and whether that change made it, altered it or found nothing to do. */
export interface RegistrationOutcome {
  readonly twin: TwinRecord;
  readonly change: 'created' | 'replaced' | 'unchanged';
}
