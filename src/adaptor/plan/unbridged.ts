import { DomainError } from '../../problems/domain-error.js';
import { placeText, type Place } from '../semantic/place.js';

/** Why two sides cannot be bridged at one place. */
export interface Unbridged {
  /** `semantic-unresolved`: somebody has to say what is meant; `adaptation-unsupported`: there is no way. */
  readonly code: 'semantic-unresolved' | 'adaptation-unsupported';
  /** The step that would have had to do it. */
  readonly step: string;
  /** In the value that was asked for. */
  readonly at: Place;
  readonly detail: string;
  /** What came nearest, best first. */
  readonly candidates: readonly string[];
}

/** What could not be bridged when planning one flow. */
export interface UnbridgedFlow {
  readonly twin: string;
  readonly feature: string;
  readonly purpose: string;
}

/** Most places named in one refusal. */
const MAX_NAMED = 50;

/** The refusal: every place with the step and the nearest candidates. An unanswered question outweighs what is impossible. */
export function refusalOf(flow: UnbridgedFlow, places: readonly Unbridged[]): DomainError {
  const code = places.some((each) => each.code === 'semantic-unresolved') ? 'semantic-unresolved' : 'adaptation-unsupported';
  const first = places[0];
  const more = places.length > 1 ? ` (and ${places.length - 1} more)` : '';
  const named = places
    .slice(0, MAX_NAMED)
    .map(({ code: why, step, at, detail, candidates }) => ({ code: why, step, pointer: placeText(at), detail, candidates }));
  const nearest = first === undefined || first.candidates.length === 0 ? '' : ` Nearest: ${first.candidates.slice(0, 5).join(', ')}.`;
  const where = first === undefined || first.at.length === 0 ? 'the value' : placeText(first.at);
  return new DomainError(
    code,
    `${flow.feature} of ${flow.twin} (${flow.purpose}) cannot be adapted: step ${first?.step ?? 'move'} at ${where}: ${first?.detail ?? ''}${more}.${nearest}`,
    { extensions: { ...flow, unresolved: named } },
  );
}
