import type { OrganizationId, TwinId } from '../../kernel/ids.js';

/** A JSON Schema document: an object or a boolean. */
export type FormSchema = boolean | { readonly [keyword: string]: unknown };

/** How a twin speaks of one value: its schema once decoded, the format it is written in, its meaning and unit. */
export interface ValueForm {
  readonly schema?: FormSchema;
  /** Name of a payload format; absent, `json`. */
  readonly format?: string;
  readonly formatOptions?: Readonly<Record<string, unknown>>;
  /** IRI of a dictionary term. */
  readonly semanticType?: string;
  /** UCUM unit of the value, where it has one of its own. */
  readonly unit?: string;
}

/** What the adaptor has to know of a feature. */
export interface ProfiledFeature extends Omit<ValueForm, 'schema'> {
  readonly kind: 'data' | 'function';
  readonly name: string;
  readonly version: string;
  /** Of data. */
  readonly schema?: FormSchema;
  /** Of a function: its parameters. */
  readonly input?: FormSchema;
  /** Of a function: its result. */
  readonly output?: FormSchema;
}

/** The form in which a twin wants to receive data of others, or to call their functions. */
export type ProfiledNeed = Omit<ProfiledFeature, 'version'>;

/** One side of a connection, as AP-FE compares it with the other. */
export interface AdaptationProfile {
  readonly twin: TwinId;
  /** Whose twin it is: shared schemas are its own first, then the public ones. Absent: those alone. */
  readonly owner?: OrganizationId;
  readonly features: readonly ProfiledFeature[];
  readonly needs?: readonly ProfiledNeed[];
}

/** What a step may take away: named, so that nobody takes the outcome for the original. */
export interface AdaptationLoss {
  /** Stable name of the kind of loss, such as `rounding`, `property-dropped`, `duplicates-possible`, `order-not-kept`. */
  readonly kind: string;
  /** RFC 6901 pointer into the value before the step; absent, the whole. */
  readonly pointer?: string;
  readonly detail: string;
}

/** A named step with its parameters, readable by people. */
export interface AdaptationStep {
  /** Stable within its flow, so that an operator can override it: `<name>` or `<name>-<n>`. */
  readonly id: string;
  /** Name of a format (`decode`, `encode`) or of a semantic step. */
  readonly name: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Pointers read and written, in the value before and after. */
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  /** What the value looks like after the step, as far as it is known. */
  readonly schema?: FormSchema;
  readonly losses?: readonly AdaptationLoss[];
  /** Of a match of terms: 1 declared, lower when found through the dictionary. */
  readonly confidence?: number;
  /** Set by an operator instead of the planner; a pinned step survives planning anew. */
  readonly by?: 'operator';
  readonly pinned?: boolean;
}

/** The way of one payload from one side to the other. */
export interface AdaptationFlow {
  readonly purpose: 'data' | 'input' | 'output';
  readonly from: TwinId;
  readonly to: TwinId;
  /** In their order; none, and the payload passes untouched. */
  readonly steps: readonly AdaptationStep[];
  readonly losses: readonly AdaptationLoss[];
  /** The form that the outcome is checked against; absent, it is not checked. */
  readonly target?: ValueForm;
}

/** A feature of the connection: who offers it, who uses it, in which version, and how its payloads are adapted. */
export interface PlannedFeature {
  /** The twin whose feature it is. */
  readonly twin: TwinId;
  /** The twin on the other side. */
  readonly peer: TwinId;
  readonly kind: 'data' | 'function';
  readonly name: string;
  readonly version: string;
  /** Name of the peer's need that it serves; absent, the peer takes it as it is. */
  readonly need?: string;
  /** How sure it is that this need is meant: 1 where both name the same term. */
  readonly confidence?: number;
  /** One of data, two of a function. Absent in plans made before there were flows: identity. */
  readonly flows?: readonly AdaptationFlow[];
}

/**
 * What the adaptor does to every message of a connection (AP-FE of Y.4489; the content is ours, grade P). The same profiles and dictionary give the same
 * plan. Without steps in a flow, messages pass unchanged.
 */
export interface AdaptationPlan {
  /** Counts the plans of one connection, from 1; a message keeps the version it was accepted under. */
  readonly version: number;
  readonly features: readonly PlannedFeature[];
}
