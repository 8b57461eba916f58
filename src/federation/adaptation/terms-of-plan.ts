import type { FlowReference, FlowScript, MatchAnswer, StepOverride } from '../../adaptor/plan/plan-terms.js';
import { readPlace } from '../../adaptor/semantic/place.js';
import { canonicalJson, fingerprint } from '../../kernel/canonical-json.js';
import { parseTwinId, type TwinId } from '../../kernel/ids.js';
import { DomainError, type ProblemPlace } from '../../problems/domain-error.js';
import type { ConnectedFeature } from '../connection.entity.js';

/** What people set for the plan of one connection; the identifiers come from its federation. */
export interface ConnectionTerms {
  readonly scripts?: readonly FlowScript[];
  readonly overrides?: readonly StepOverride[];
  /** Answers to what the planner asked. */
  readonly matches?: readonly MatchAnswer[];
  /** Digest of what the request said: a repeat is told from another request by it, whatever was set since. */
  readonly asked?: string;
}

type Given<T extends FlowReference> = Omit<T, 'twin' | 'parameters'> & { readonly twin: string };

/** The terms as somebody says them. */
export interface GivenTerms {
  readonly scripts?: readonly Given<FlowScript>[];
  readonly overrides?: readonly (Given<StepOverride> & { readonly parameters?: unknown })[];
  readonly matches?: readonly Given<MatchAnswer>[];
}

/** A connection as far as its flows follow from it. */
export interface ConnectedSides {
  readonly requester: TwinId;
  readonly responder: TwinId;
  readonly features: readonly Pick<ConnectedFeature, 'twin' | 'name' | 'kind'>[];
}

/**
 * The terms that somebody says, without what they leave open.
 * @throws DomainError `validation-failed` for parameters that are no object, places that are none, and a flow with two scripts
 */
export function termsOf({ scripts = [], overrides = [], matches = [] }: GivenTerms): ConnectionTerms {
  const errors: ProblemPlace[] = [];
  const scripted = new Set<string>();
  for (const [index, { twin, feature, purpose }] of scripts.entries()) {
    const key = canonicalJson([twin, feature, purpose]);
    if (scripted.has(key)) errors.push({ pointer: `/scripts/${index}`, detail: 'is a second script for this flow' });
    scripted.add(key);
  }
  for (const [index, { parameters }] of overrides.entries()) {
    const isObject = typeof parameters === 'object' && parameters !== null && !Array.isArray(parameters);
    if (parameters !== undefined && !isObject) errors.push({ pointer: `/overrides/${index}/parameters`, detail: 'must be an object' });
  }
  for (const [index, match] of matches.entries()) {
    for (const end of ['from', 'to'] as const) {
      if (readPlace(match[end]) !== undefined) continue;
      errors.push({ pointer: `/matches/${index}/${end}`, detail: 'must be a JSON pointer in which * stands for each element of an array' });
    }
  }
  refuse(errors);
  return {
    scripts: scripts.map(({ twin, feature, purpose, expression }) => ({ twin: parseTwinId(twin), feature, purpose, expression })),
    overrides: overrides.map(({ twin, feature, purpose, step, parameters, skipped, pinned }) => ({
      twin: parseTwinId(twin),
      feature,
      purpose,
      step,
      ...(parameters === undefined ? {} : { parameters: parameters as Record<string, unknown> }),
      ...(skipped === true ? { skipped } : {}),
      ...(pinned === true ? { pinned } : {}),
    })),
    matches: matches.map(({ twin, feature, purpose, from, to }) => ({ twin: parseTwinId(twin), feature, purpose, from, to })),
  };
}

/** What a request says of its adaptation. */
export type RequestedTerms = Omit<GivenTerms, 'overrides'>;

/** What a request says of its adaptation, for a connection of these features. @throws DomainError `validation-failed` */
export function requestedTerms(given: RequestedTerms | undefined, sides: ConnectedSides): ConnectionTerms {
  const asked = digestOfRequest(given);
  if (given === undefined || asked === undefined) return {};
  const { scripts, matches } = termsOf({ scripts: given.scripts, matches: given.matches });
  requireFlows({ scripts, matches }, sides);
  return { scripts, matches, asked };
}

/** Names what a request says of its adaptation; undefined when it says nothing. */
export function digestOfRequest({ scripts = [], matches = [] }: RequestedTerms = {}): string | undefined {
  if (scripts.length + matches.length === 0) return undefined;
  return fingerprint(JSON.parse(JSON.stringify({ scripts, matches }))).toString('base64url');
}

/** Who receives by a flow; undefined when the connection has no such flow. */
export function receiverOf(
  { requester, responder, features }: ConnectedSides,
  { twin, feature, purpose }: FlowReference,
): TwinId | undefined {
  const found = features.find((each) => each.twin === twin && each.name === feature);
  if (found === undefined || (found.kind === 'data') !== (purpose === 'data')) return undefined;
  const peer = twin === requester ? responder : requester;
  return purpose === 'input' ? twin : peer;
}

/** @throws DomainError `validation-failed` for what is said of flows that the connection does not have */
export function requireFlows(terms: ConnectionTerms, sides: ConnectedSides): void {
  refuse(
    (['scripts', 'overrides', 'matches'] as const).flatMap((part) =>
      (terms[part] ?? []).flatMap((each, index) =>
        receiverOf(sides, each) === undefined
          ? [{ pointer: `/${part}/${index}`, detail: 'names no flow of the connection: twin, feature and purpose' }]
          : [],
      ),
    ),
  );
}

/** @throws DomainError `validation-failed` if there are any */
export function refuse(errors: readonly ProblemPlace[]): void {
  const [first] = errors;
  if (first === undefined) return;
  throw new DomainError('validation-failed', `${first.pointer} ${first.detail}.`, { pointer: first.pointer, errors: errors.slice(0, 50) });
}
