import { Adaptor } from '../../src/adaptor/adaptor.js';
import type { AdaptationFlow, AdaptationPlan, AdaptationProfile } from '../../src/adaptor/plan/adaptation-plan.js';
import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { ConnectionAdaptation } from '../../src/federation/adaptation/connection-adaptation.service.js';
import { isRefusal, type PlanProposal } from '../../src/federation/adaptation/plan-proposals.js';
import { Replanner } from '../../src/federation/adaptation/replanner.js';
import { PlanTrials } from '../../src/federation/adaptation/plan-trials.service.js';
import type { ConnectionId, TwinId } from '../../src/kernel/ids.js';
import { parseDto } from '../../src/problems/dto-validation.js';
import { TwinProfileDto } from '../../src/registry/dto/twin-profile.dto.js';
import { TwinService } from '../../src/registry/twin.service.js';
import type { Principal } from '../../src/security/principal.js';
import {
  aConnection,
  aConnectionId,
  anActiveFederation,
  aTwin,
  refusalOf,
  someFederations,
  type TestFederation,
  type TestFederations,
} from './federation-fixture.js';
import { organization } from './registry-fixture.js';

const OPERATOR: Principal = { kind: 'operator', subject: 'root' };

/** Plans units alone, so that a test says what the planner finds; what runs are the real steps. */
function planUnits(broker: TestFederations): void {
  const plan = (one: AdaptationProfile, other: AdaptationProfile, features: readonly { twin: TwinId; name: string }[]): AdaptationPlan => ({
    version: 1,
    features: features.map(({ twin, name }) => {
      const [offering, using] = one.twin === twin ? [one, other] : [other, one];
      const feature = offering.features.find((each) => each.name === name);
      const need = using.needs?.find((each) => each.kind === feature?.kind);
      if (feature === undefined) throw new Error('not agreed');
      const isSame = need?.unit === undefined || need.unit === feature.unit;
      const parameters = { conversions: [{ at: '', from: feature.unit, to: need?.unit }] };
      const losses = need?.unit === 'm/s' ? [{ kind: 'rounding', detail: 'of m/s' }] : [];
      const flow = (purpose: AdaptationFlow['purpose']): AdaptationFlow => ({
        purpose,
        from: twin,
        to: using.twin,
        steps: isSame || purpose !== 'data' ? [] : [{ id: 'unit-1', name: 'unit', parameters }],
        losses,
        target: need,
      });
      const flows = feature.kind === 'data' ? [flow('data')] : [flow('input'), flow('output')];
      return { twin, peer: using.twin, kind: feature.kind, name, version: feature.version, flows, ...(need ? { need: need.name } : {}) };
    }),
  });
  Object.assign(broker.get(Adaptor), { plan });
}

describe('the plan of a connection', () => {
  let broker: TestFederations;
  let federation: TestFederation;
  let id: ConnectionId;
  const fire = organization('fire');
  const city = organization('city');

  beforeAll(async () => {
    broker = await someFederations();
    planUnits(broker);
  });

  afterAll(async () => {
    await broker.close();
  });

  const speed = (unit: string, version = '1.0.0'): object[] => [
    { kind: 'data', name: 'flow', version, schema: { type: 'number' }, unit },
    { kind: 'function', name: 'close', version: '1.0.0', input: { type: 'object' } },
  ];
  const need = (unit: string): object[] => [{ kind: 'data', name: 'speed', schema: { type: 'number', maximum: 200 }, unit }];

  beforeEach(async () => {
    federation = await anActiveFederation(broker, {
      fire: await aTwin(broker, 'fire', { needs: need('[mi_i]/h') }),
      traffic: await aTwin(broker, 'city', { features: speed('km/h') }),
    });
    id = await aConnection(broker, federation, aConnectionId());
  });

  const adaptation = (): ConnectionAdaptation => broker.get(ConnectionAdaptation);
  const flowOf = (twin: TwinId) => ({ twin, feature: 'flow', purpose: 'data' as const });
  const tried = async (payload: unknown) =>
    broker.get(PlanTrials).run(fire, id, { twin: federation.traffic, feature: 'flow', purpose: 'data', payload });

  async function proposed(): Promise<PlanProposal> {
    const { made } = await adaptation().proposal(fire, id);
    if (isRefusal(made)) throw new Error(made.detail);
    return made;
  }

  async function changes(twin: TwinId, owner: Principal, change: object): Promise<void> {
    const { profile } = await broker.get(TwinService).read(owner, twin);
    const dto = parseDto(TwinProfileDto, { ...profile, id: twin, ...change });
    await broker.get(TwinService).replace(owner, twin, dto, {}, undefined, { force: true });
  }

  it('is kept as its first version, and is there for both sides and operators alone', async () => {
    for (const principal of [fire, city, OPERATOR]) {
      const { stored } = await adaptation().read(principal, id);
      expect(stored).toMatchObject({ version: 1, isIdentity: false, why: 'the connection was accepted' });
      expect((await adaptation().list(principal, id)).items.map(({ version }) => version)).toEqual([1]);
    }
    expect((await refusalOf(adaptation().read(organization('water'), id))).code).toBe('not-found');
  });

  it('tries a payload there and back, and names the step at which one fails', async () => {
    const trial = await tried(100);
    expect(trial).toMatchObject({
      planVersion: 1,
      from: federation.traffic,
      to: federation.fire,
      steps: [{ step: 'unit-1', name: 'unit' }],
    });
    expect(trial.result).toBeCloseTo(62.137, 3);
    expect((trial.back as { result: number }).result).toBeCloseTo(100, 9);
    expect((await tried('fast')).failure).toMatchObject({ step: 'unit-1', detail: expect.stringContaining('not a number') as string });
    expect((await tried(1_000)).failure).toMatchObject({ step: 'check', detail: expect.stringContaining('does not fit') as string });
  });

  it('takes overrides from operators and the receiving side alone, tries them, and holds them at once under a new version', async () => {
    const overrides = [
      { ...flowOf(federation.traffic), step: 'unit-1', parameters: { conversions: [{ at: '', from: 'km/h', to: 'm/s' }] } },
    ];
    expect((await refusalOf(adaptation().setTerms(city, id, { overrides }))).code).toBe('forbidden');
    const { stored, connection } = await adaptation().setTerms(fire, id, { overrides });
    expect(stored).toMatchObject({ version: 2, why: 'steps were overridden' });
    expect(connection.plan?.features[0]?.flows?.[0]?.steps[0]).toMatchObject({ id: 'unit-1', by: 'operator' });
    expect((await tried(90)).result).toBe(25);
    expect(broker.told.at(-1)).toMatchObject({
      from: federation.fire,
      to: federation.traffic,
      action: 'UPDATE',
      object: { type: 'connection', id },
    });
    await adaptation().setTerms(OPERATOR, id, {});
    expect((await tried(100)).result).toBeCloseTo(62.137, 3);
  });

  it('refuses overrides of steps that there are not, and parameters that the step cannot use', async () => {
    const at = flowOf(federation.traffic);
    const noStep = await refusalOf(adaptation().setTerms(fire, id, { overrides: [{ ...at, step: 'unit-9' }] }));
    expect(noStep).toMatchObject({ code: 'validation-failed', pointer: '/overrides/0/step' });
    const noFlow = await refusalOf(adaptation().setTerms(fire, id, { overrides: [{ ...at, feature: 'rain', step: 'unit-1' }] }));
    expect(noFlow).toMatchObject({ code: 'validation-failed', pointer: '/overrides/0' });
    const conversions = [{ at: '', from: 'km/h', to: 'kg' }];
    const misfit = await refusalOf(
      adaptation().setTerms(fire, id, { overrides: [{ ...at, step: 'unit-1', parameters: { conversions } }] }),
    );
    expect(misfit.code).toBe('validation-failed');
  });

  it('reports what a change of a feature would change, and applies it when asked for that very proposal', async () => {
    await changes(federation.fire, fire, { needs: need('m/s') });
    const made = await proposed();
    expect(made).toMatchObject({
      isNews: true,
      difference: { isCompatible: false, flows: [{ feature: 'flow', steps: [{ change: 'changed', step: 'unit-1' }] }] },
    });
    expect((await tried(100)).result).toBeCloseTo(62.137, 3);
    expect((await refusalOf(adaptation().apply(city, id, 'another'))).code).toBe('state-conflict');
    expect((await refusalOf(adaptation().apply(organization('water'), id))).code).toBe('not-found');
    const { stored } = await adaptation().apply(city, id, made.digest);
    expect(stored).toMatchObject({ version: 2, why: 'the plan was made anew' });
    expect((await tried(90)).result).toBe(25);
    expect((await proposed()).isNews).toBe(false);
    await expect(adaptation().apply(city, id)).resolves.toMatchObject({ stored: { version: 2 } });
  });

  it('keeps pinned steps as they are when it is made anew', async () => {
    await adaptation().setTerms(fire, id, { overrides: [{ ...flowOf(federation.traffic), step: 'unit-1', pinned: true }] });
    await changes(federation.fire, fire, { needs: need('m/s') });
    await adaptation().apply(fire, id);
    expect((await tried(100)).result).toBeCloseTo(62.137, 3);
    await changes(federation.fire, fire, { needs: need('km/h') });
    expect((await proposed()).unplaced).toHaveLength(1);
    expect((await refusalOf(adaptation().apply(fire, id))).code).toBe('state-conflict');
  });

  it('is made anew by itself when that loses nothing, and its sides are told of what somebody has to look at', async () => {
    await changes(federation.traffic, city, { features: speed('km/h', '1.1.0') });
    await broker.get(Replanner).idle();
    expect((await adaptation().read(fire, id)).stored).toMatchObject({ version: 2, why: 'what it follows from changed' });
    await changes(federation.fire, fire, { needs: need('m/s') });
    await broker.get(Replanner).idle();
    expect((await adaptation().read(fire, id)).stored.version).toBe(2);
    const { digest } = await proposed();
    const told = broker.told.filter(({ object, action }) => object.id === id && action === 'UPDATE').slice(-2);
    expect(told).toMatchObject([{ payload: { proposal: { digest } } }, { payload: { proposal: { digest } } }]);
  });

  it('is looked at when terms change, under whatever name that is told', async () => {
    const adaptor = broker.get(Adaptor);
    const { plan } = adaptor;
    const lossy = async (...asked: Parameters<Adaptor['plan']>): Promise<AdaptationPlan> => {
      const made = await plan.apply(adaptor, asked);
      const losses = [{ kind: 'meaning', detail: 'a match is close' }];
      return { ...made, features: made.features.map((each) => ({ ...each, flows: each.flows?.map((flow) => ({ ...flow, losses })) })) };
    };
    Object.assign(adaptor, { plan: lossy });
    await broker.get(UnitOfWork).run((tx) => {
      tx.record({ kind: 'term.changed', subject: 'urn:test:vocabulary', data: { terms: 2 } });
      return Promise.resolve();
    });
    await broker.get(Replanner).idle();
    Object.assign(adaptor, { plan });
    const told = broker.told.filter(({ object, action }) => object.id === id && action === 'UPDATE');
    expect(told).toMatchObject([{ payload: { proposal: {} } }, { payload: { proposal: {} } }]);
  });

  it('goes on counting when the id is requested anew', async () => {
    await broker.connections.release(fire, id);
    await aConnection(broker, federation, id);
    expect((await adaptation().list(fire, id)).items.map(({ version }) => version)).toEqual([2, 1]);
  });
});
