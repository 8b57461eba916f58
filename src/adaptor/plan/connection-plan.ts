import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import type { PayloadFormats } from '../format/payload-formats.js';
import type { SemanticSteps } from '../semantic/semantic-steps.js';
import type { AdaptationPlan, AdaptationProfile, PlannedFeature, ProfiledFeature, ProfiledNeed, ValueForm } from './adaptation-plan.js';
import { type FlowOrder, FlowPlanner } from './flow-planner.js';
import { Meanings, type TermSource } from './meanings.js';
import { chooseNeed } from './need-choice.js';
import type { PlanTerms } from './plan-terms.js';
import { type ReferenceSource, SchemaReaders } from './schema-readers.js';

/** What plans are made with. */
export interface PlanningParts {
  readonly terms: TermSource;
  readonly steps: SemanticSteps;
  readonly formats: PayloadFormats;
  readonly schemas: ReferenceSource;
}

/**
 * The plan of a connection for these features: each is compared with the need of the other side that it serves. The same profiles, answers and dictionary
 * give the same plan. A function has two ways: its parameters come from the peer, its result goes there.
 * @throws DomainError `adaptation-unsupported`, `semantic-unresolved`, `validation-failed` for answers that cannot be used, by pointers into them
 */
export async function planConnection(
  parts: PlanningParts,
  [requester, responder]: readonly [AdaptationProfile, AdaptationProfile],
  features: readonly { readonly twin: TwinId; readonly name: string }[],
  answers: PlanTerms,
): Promise<AdaptationPlan> {
  const meanings = new Meanings(parts.terms);
  const readers = new SchemaReaders(parts.schemas);
  const flows = new FlowPlanner(meanings, answers, parts.steps, parts.formats, readers);
  const planned: PlannedFeature[] = [];
  for (const { twin, name } of features) {
    const [offering, using] = twin === requester.twin ? [requester, responder] : [responder, requester];
    const feature = offering.twin === twin ? offering.features.find((candidate) => candidate.name === name) : undefined;
    if (feature === undefined) throw new DomainError('adaptation-unsupported', `${twin} offers no feature ${name} on this connection.`);
    const identity = { twin, peer: using.twin, kind: feature.kind, name, version: feature.version };
    const chosen = await chooseNeed(twin, feature, using.needs ?? [], meanings);
    const hasScript = answers.scripts?.some((script) => script.twin === twin && script.feature === name) === true;
    if (chosen === undefined && !hasScript) {
      planned.push(identity);
      continue;
    }
    const { need, by, confidence } = chosen ?? {
      // A script alone changes nothing of the format.
      need: { kind: feature.kind, name, format: feature.format, formatOptions: feature.formatOptions },
      by: 'same',
      confidence: 1,
    };
    await readers.learn(offering.owner, [feature.schema, feature.input, feature.output]);
    await readers.learn(using.owner, [need.schema, need.input, need.output]);
    const orders = ordersOf({ twin, peer: using.twin }, feature, need).map((order) => ({ ...order, by, confidence }));
    const made = [];
    for (const order of orders) made.push(await flows.plan(order));
    planned.push({ ...identity, ...(chosen === undefined ? {} : { need: need.name, confidence }), flows: made });
  }
  if (answers.isGivenNow === true) flows.refuseUnused();
  return { version: 1, features: planned };
}

type Order = Omit<FlowOrder, 'by' | 'confidence'>;

function ordersOf({ twin, peer }: { twin: TwinId; peer: TwinId }, feature: ProfiledFeature, need: ProfiledNeed): Order[] {
  const of = { twin, feature: feature.name };
  const offered = (schema: ValueForm['schema'], withUnit: boolean): ValueForm => ({
    schema,
    format: feature.format,
    formatOptions: feature.formatOptions,
    semanticType: feature.semanticType,
    ...(withUnit ? { unit: feature.unit } : {}),
  });
  const needed = (schema: ValueForm['schema'], withUnit: boolean): ValueForm => ({
    schema,
    format: need.format,
    formatOptions: need.formatOptions,
    semanticType: need.semanticType,
    ...(withUnit ? { unit: need.unit } : {}),
  });
  if (feature.kind === 'data') {
    return [{ ...of, purpose: 'data', from: twin, to: peer, source: offered(feature.schema, true), target: needed(need.schema, true) }];
  }
  return [
    {
      ...of,
      purpose: 'input',
      from: peer,
      to: twin,
      source: needed(need.input ?? feature.input, false),
      target: offered(feature.input, false),
    },
    { ...of, purpose: 'output', from: twin, to: peer, source: offered(feature.output, false), target: needed(need.output, false) },
  ];
}
