import type { Geometry } from 'geojson';
import type { AccessTerms, Endpoint, FeatureSpec, JsonSchemaDocument } from '../twin.js';
import type { ImportFormat } from './import-format.js';

/** A part of a document that has no place in a profile. */
export interface Unmapped {
  /** RFC 6901 pointer into the document. */
  readonly pointer: string;
  readonly reason: string;
}

/** What a feature means, as far as its document tells. */
export interface Meaning {
  /** IRIs that the document gives, the first of them that may be one is used. */
  readonly iris?: readonly string[];
  /** IRIs that its context makes likely: used when the dictionary knows them. */
  readonly likely?: readonly string[];
  /** The name by which the dictionary may know it: used when that is unambiguous. */
  readonly name?: string;
}

/** A feature as a document describes it, before its meaning is looked up and its schemas are tried. */
export interface ImportedFeature {
  readonly spec: FeatureSpec;
  readonly meaning: Meaning;
  /** Where it stands in the document. */
  readonly pointer: string;
}

/** What a reader made of a document. */
export interface ImportedModel {
  readonly format: ImportFormat;
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  /** Guessed from the document; undefined when it says nothing of the kind. */
  readonly domain?: string;
  readonly objectOfInterest: readonly string[];
  readonly area?: Geometry;
  readonly validFrom?: string;
  readonly validTo?: string;
  readonly endpoints: readonly Endpoint[];
  readonly labels: Readonly<Record<string, string>>;
  readonly accessTerms?: AccessTerms;
  readonly ttlSeconds?: number;
  readonly features: readonly ImportedFeature[];
  readonly unmapped: readonly Unmapped[];
  /** How many places are unmapped; more than are listed, when there are very many. */
  readonly unmappedTotal: number;
  readonly warnings: readonly string[];
}

/** How a reader describes a feature. */
export interface FeatureDraft {
  readonly kind: 'data' | 'function';
  readonly name: string;
  readonly description?: string;
  readonly meaning?: Meaning;
  /** Canonical UCUM; see ModelDraft.unit. */
  readonly unit?: string;
  readonly schema?: JsonSchemaDocument;
  readonly input?: JsonSchemaDocument;
  readonly output?: JsonSchemaDocument;
  readonly idempotent?: boolean;
}
