import { Injectable } from '@nestjs/common';
import type { SchemaViolation } from '../../dictionary/json-schema/compiled-schema.js';
import { SchemaRefused } from '../../dictionary/json-schema/schema-refused.js';
import { FeatureSchemas } from '../../dictionary/shared-schema/feature-schemas.js';
import { InvalidId, type OrganizationId, parseTwinId, type TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { organizationOf, type Principal } from '../../security/principal.js';
import { Adaptor } from '../adaptor.js';
import type { AdaptationFlow, AdaptationProfile, FormSchema, PlannedFeature, ValueForm } from '../plan/adaptation-plan.js';
import type { PlanTerms } from '../plan/plan-terms.js';
import type { FlowTrace } from '../plan/flow-runner.js';
import { namedPlaces } from './named-places.js';
import type { AdaptationPreviewDto, AdaptedFormDto, AdaptedSideDto, PreviewAdaptationDto } from './preview.dto.js';
import { roundTripDifferences } from './round-trip.js';

/** Schemas of nobody in particular: those that are public. */
const NOBODY = '' as OrganizationId;

/** Shows what would become of a payload between two twins that need not be registered. Stores nothing. */
@Injectable()
export class AdaptationPreviews {
  constructor(
    private readonly adaptor: Adaptor,
    private readonly schemas: FeatureSchemas,
  ) {}

  /** @throws DomainError `validation-failed`, `schema-unresolvable`, `adaptation-unsupported`, `semantic-unresolved` */
  async preview(principal: Principal, dto: PreviewAdaptationDto): Promise<AdaptationPreviewDto> {
    const owner = organizationOf(principal) ?? NOBODY;
    const offering = await this.profile(dto.offering, 'urn:twinfed:preview:offering', '/offering', owner);
    const using = await this.profile(dto.using, 'urn:twinfed:preview:using', '/using', owner);
    if (offering.twin === using.twin) throw refused('/using/twin', 'must be another twin than the one that offers');
    const feature = dto.feature === undefined ? offering.features[0] : offering.features.find(({ name }) => name === dto.feature);
    if (feature === undefined) throw refused('/feature', dto.feature === undefined ? 'is required: nothing is offered' : 'is not offered');
    const purpose = dto.purpose ?? (feature.kind === 'data' ? 'data' : 'input');
    if ((purpose === 'data') !== (feature.kind === 'data'))
      throw refused('/purpose', `is none of a ${feature.kind === 'data' ? 'feature of data' : 'function'}`);
    const of = { twin: offering.twin, feature: feature.name, purpose };
    const answers: PlanTerms = {
      matches: (dto.matches ?? []).map((match) => ({ ...of, from: match.from, to: match.to })),
      isGivenNow: true,
      identifiers: dto.identifiers ?? [],
      scripts: dto.script === undefined ? [] : [{ ...of, expression: dto.script }],
    };
    const { features } = await withOneScript(() =>
      this.adaptor.plan(using, offering, [{ twin: offering.twin, name: feature.name }], answers),
    );
    const planned = features[0] as PlannedFeature;
    if (dto.sample === undefined) return { planned };
    const need = using.needs?.find(({ name, kind }) => name === planned.need && kind === feature.kind);
    const source =
      purpose === 'input' && need !== undefined
        ? { ...need, schema: need.input ?? feature.input }
        : { ...feature, schema: purpose === 'data' ? feature.schema : purpose === 'input' ? feature.input : feature.output };
    const flow = planned.flows?.find((each) => each.purpose === purpose) ?? {
      ...of,
      from: offering.twin,
      to: using.twin,
      steps: [],
      losses: [],
    };
    return { planned, ...(await this.tried(flow, source, JSON.stringify(dto.sample), owner)) };
  }

  private async tried(
    flow: AdaptationFlow,
    source: ValueForm,
    text: string,
    owner: OrganizationId,
  ): Promise<Partial<AdaptationPreviewDto>> {
    const there = await this.adaptor.trace(flow, text);
    const sent = there.steps.find(({ name }) => name === 'decode')?.payload ?? (flow.steps[0]?.name === 'decode' ? undefined : text);
    const shown = { steps: there.steps.map(({ payload, ...step }) => ({ ...step, payload: JSON.parse(payload) as unknown })) };
    const sampleViolations = sent === undefined ? [] : await this.violations(source.schema, sent, owner);
    if (there.outcome === undefined) return { ...shown, sampleViolations, failure: failureOf(there) };
    const received = there.steps.findLast(({ name }) => name !== 'encode')?.payload ?? text;
    const outcomeViolations = await this.violations(flow.target?.schema, received, owner);
    const roundTrip = await this.back(flow, source, there.outcome, sent ?? text, owner);
    return { ...shown, outcome: JSON.parse(there.outcome) as unknown, sampleViolations, outcomeViolations, roundTrip };
  }

  private async back(flow: AdaptationFlow, source: ValueForm, outcome: string, sent: string, owner: OrganizationId): Promise<object> {
    const inverse = this.adaptor.inverse(flow, source);
    if ('oneWay' in inverse) return { oneWay: inverse.oneWay };
    const back = await this.adaptor.trace(inverse.flow, outcome);
    // What was lost may be what the sender's format cannot do without; the value up to there tells all the same.
    if (back.outcome === undefined && back.failure?.step !== 'encode') return { failure: failureOf(back) };
    const value: unknown = JSON.parse(back.failure?.before ?? back.steps.findLast(({ name }) => name !== 'encode')?.payload ?? outcome);
    const references = source.schema === undefined ? undefined : (await this.schemas.compile(owner, source.schema)).references;
    const differences = roundTripDifferences(JSON.parse(sent), value, flow.losses, namedPlaces(source.schema, references));
    return {
      ...(back.failure === undefined ? {} : { failure: failureOf(back) }),
      payload: value,
      differences,
      isDeclared: differences.every(({ loss }) => loss !== undefined),
    };
  }

  private async violations(schema: FormSchema | undefined, text: string, owner: OrganizationId): Promise<SchemaViolation[]> {
    return schema === undefined ? [] : [...(await this.schemas.compile(owner, schema)).validate(JSON.parse(text))].slice(0, 20);
  }

  private async profile(side: AdaptedSideDto, usual: string, pointer: string, owner: OrganizationId): Promise<AdaptationProfile> {
    for (const list of ['features', 'needs'] as const) {
      for (const [index, form] of (side[list] ?? []).entries()) await this.check(form, `${pointer}/${list}/${index}`, owner);
    }
    const features = (side.features ?? []).map(({ version = '1.0.0', ...form }) => ({ ...form, version }));
    return { twin: twinOf(side.twin ?? usual, pointer), owner, features, needs: side.needs ?? [] };
  }

  /** Schemas that are no schemas would be planned with as if they said nothing. */
  private async check(form: AdaptedFormDto, pointer: string, owner: OrganizationId): Promise<void> {
    for (const member of ['schema', 'input', 'output'] as const) {
      const schema = form[member];
      if (schema === undefined) continue;
      if ((form.kind === 'data') !== (member === 'schema')) throw refused(`${pointer}/${member}`, `does not belong to kind ${form.kind}`);
      try {
        await this.schemas.compile(owner, schema);
      } catch (error) {
        if (!(error instanceof SchemaRefused)) throw error;
        const place = `${pointer}/${member}${error.pointer}`;
        const code = error.reference === undefined ? 'validation-failed' : 'schema-unresolvable';
        throw new DomainError(code, `${place} ${error.detail}.`, { pointer: place, errors: [{ pointer: place, detail: error.detail }] });
      }
    }
  }
}

/** The only script there is stands in a member of its own. */
async function withOneScript<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DomainError) || error.pointer?.startsWith('/scripts/0/') !== true) throw error;
    throw refused('/script', error.errors?.[0]?.detail ?? error.detail);
  }
}

function twinOf(text: string, pointer: string): TwinId {
  try {
    return parseTwinId(text);
  } catch (error) {
    if (error instanceof InvalidId) throw refused(`${pointer}/twin`, error.detail);
    throw error;
  }
}

function failureOf({ failure }: FlowTrace): object | undefined {
  if (failure === undefined) return undefined;
  const { step, detail, pointer, before } = failure;
  return { step, detail, ...(pointer === undefined ? {} : { pointer }), before: JSON.parse(before) as unknown };
}

function refused(pointer: string, detail: string): DomainError {
  return new DomainError('validation-failed', `${pointer} ${detail}.`, { pointer, errors: [{ pointer, detail }] });
}
