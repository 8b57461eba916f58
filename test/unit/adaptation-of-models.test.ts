import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { AdaptationFlow, FormSchema } from '../../src/adaptor/plan/adaptation-plan.js';
import { namedPlaces } from '../../src/adaptor/preview/named-places.js';
import { roundTripDifferences } from '../../src/adaptor/preview/round-trip.js';
import { DomainError } from '../../src/problems/domain-error.js';
import { anAdaptor, fire, traffic } from '../support/plan-sides.js';

const DATA = path.resolve(import.meta.dirname, '../../../shared/data/smart-data-models');
const isThere = existsSync(DATA);

/** Models that describe the same kind of thing. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  vehicle: ['Transportation/Vehicle', 'Transportation/FleetVehicle', 'Transportation/FleetVehicleStatus', 'Transportation/VehicleModel'],
  energy: ['Energy/ACMeasurement', 'Energy/ThreePhaseAcMeasurement', 'Energy/SolarEnergy', 'Energy/InverterDevice'],
  alert: ['Alert/Alert', 'Alert/Anomaly', 'Transportation/RoadAccident', 'Transportation/VehicleFault'],
  road: ['Transportation/Road', 'Transportation/RoadSegment', 'Transportation/BikeLane'],
  flow: [
    'Transportation/TrafficFlowObserved',
    'Transportation/CrowdFlowObserved',
    'Transportation/ItemFlowObserved',
    'Transportation/AnprFlowObserved',
  ],
  building: ['Building/Building', 'Building/BuildingType', 'Building/BuildingOperation'],
};
const FORMATS = ['json', 'ngsi-ld'] as const;
/** The first of two that tells the other's values by a need of its own words. */
const PAIRS = Object.entries(KINDS).flatMap(([kind, models]) =>
  models.flatMap((from) => models.filter((to) => to !== from).flatMap((to) => FORMATS.map((format) => [kind, from, to, format] as const))),
);

function read(model: string, file: string): unknown {
  return JSON.parse(readFileSync(path.join(DATA, model, file), 'utf8'));
}

function termOf(model: string): string {
  const [subject = '', name = ''] = model.split('/');
  return `https://smartdatamodels.org/dataModel.${subject}/${name}`;
}

/** The needed model without what is required of whatever kind of entity: the receiver takes what there is. */
function lenient(schema: unknown): FormSchema {
  const { required: _required, ...rest } = schema as Record<string, unknown>;
  return rest;
}

async function planned(kind: string, from: string, to: string, format: string, target: FormSchema): Promise<AdaptationFlow | DomainError> {
  const feature = {
    kind: 'data',
    name: kind,
    version: '1.0.0',
    semanticType: termOf(from),
    schema: read(from, 'schema.json') as FormSchema,
    format,
  } as const;
  const need = { kind: 'data', name: kind, semanticType: termOf(to), schema: target } as const;
  const terms = [{ iri: termOf(from), closeMatch: [termOf(to)] }];
  try {
    const adaptor = anAdaptor(terms);
    const plan = await adaptor.plan({ twin: fire, features: [], needs: [need] }, { twin: traffic, features: [feature] }, [
      { twin: traffic, name: kind },
    ]);
    const flow = plan.features[0]?.flows?.[0];
    if (flow === undefined) throw new Error('not matched with its need');
    return flow;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

/** Every refusal names the steps and places; nothing that is only guessed is called certain. */
function expectNoCertainGuess(flow: AdaptationFlow): void {
  for (const step of flow.steps) {
    if (step.name !== 'move') continue;
    for (const { by, confidence } of (step.parameters.moves ?? []) as { by: string; confidence: number }[]) {
      expect(confidence).toBeLessThanOrEqual({ same: 1, said: 1, exactMatch: 0.8, narrower: 0.6, closeMatch: 0.5, name: 0.4 }[by] ?? 0);
      if (by !== 'same' && by !== 'said') expect(step.confidence ?? 1).toBeLessThan(1);
    }
  }
}

// The models are not part of this repository.
(isThere ? describe : describe.skip)('models of ../shared/data of the same kind of thing (skipped where the folder is absent)', () => {
  const pairs = isThere ? PAIRS : [['', '', '', 'json'] as const];

  it.each(pairs)('%s: %s as %s from %s is planned, or refused by the names of step and place', async (kind, from, to, format) => {
    for (const target of [read(to, 'schema.json') as FormSchema, lenient(read(to, 'schema.json'))]) {
      const outcome = await planned(kind, from, to, format, target);
      if (outcome instanceof DomainError) {
        expect(['semantic-unresolved', 'adaptation-unsupported']).toContain(outcome.code);
        const { unresolved } = outcome.extensions as { unresolved: { step: string; pointer: string; detail: string }[] };
        expect(unresolved.length).toBeGreaterThan(0);
        for (const { step, detail } of unresolved) expect([step, detail]).not.toContain('');
      } else expectNoCertainGuess(outcome);
    }
  });

  it.each(pairs)('%s: %s as %s from %s comes back but for what is declared lost', async (kind, from, to, format) => {
    const schema = read(from, 'schema.json') as FormSchema;
    const flow = await planned(kind, from, to, format, lenient(read(to, 'schema.json')));
    if (flow instanceof DomainError) return;
    const adaptor = anAdaptor();
    const sample = JSON.stringify(read(from, format === 'json' ? 'examples/example.json' : 'examples/example-normalized.jsonld'));
    const there = await adaptor.trace(flow, sample);
    // An example that is not what its own schema says may fail, by name.
    if (there.outcome === undefined) {
      expect(there.failure?.step).toBeTruthy();
      return;
    }
    const inverse = adaptor.inverse(flow, { schema, format });
    if ('oneWay' in inverse) throw new Error(`no way back: ${inverse.oneWay}`);
    const back = await adaptor.trace(inverse.flow, there.outcome);
    // What was lost may be what the sender's format cannot do without: the value up to there is compared.
    if (back.outcome === undefined && back.failure?.step !== 'encode')
      throw new Error(`failed on the way back: ${back.failure?.message ?? ''}`);
    const sent: unknown = JSON.parse(there.steps.find(({ name }) => name === 'decode')?.payload ?? sample);
    const returned: unknown = JSON.parse(
      back.failure?.before ?? back.steps.findLast(({ name }) => name !== 'encode')?.payload ?? there.outcome,
    );
    const undeclared = roundTripDifferences(sent, returned, flow.losses, namedPlaces(schema)).filter(({ loss }) => loss === undefined);
    expect(undeclared).toEqual([]);
  });
});
