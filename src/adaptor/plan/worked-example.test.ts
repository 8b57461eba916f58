import { readFileSync } from 'node:fs';
import { anAdaptor } from '../../../test/support/plan-sides.js';
import { parseTwinId } from '../../kernel/ids.js';
import type { AdaptationProfile } from './adaptation-plan.js';

const PAGE = new URL('../../../docs/adaptor.md', import.meta.url);
/** The JSON of the example, in the order of the page: the two profiles, the flow, the payloads. */
const blocks = [
  ...(readFileSync(PAGE, 'utf8')
    .split('## A plan, worked through')[1]
    ?.split('\n## ')[0]
    ?.matchAll(/```json\n([\s\S]*?)```/g) ?? []),
].map(([, text]) => JSON.parse(text ?? '') as unknown);

describe('the worked example of docs/adaptor.md', () => {
  it('is what the planner gives, and what becomes of its payload', async () => {
    const [offering, using, flow, payloads] = blocks as [AdaptationProfile, AdaptationProfile, object, readonly unknown[]];
    const adaptor = anAdaptor();
    const plan = await adaptor.plan(using, offering, [{ twin: parseTwinId(offering.twin), name: 'vehicle' }]);
    const [planned] = plan.features[0]?.flows ?? [];
    if (planned === undefined) throw new Error('no flow');
    const { steps, losses } = planned;
    const shown = steps.map(({ schema: _schema, ...step }) => step);
    expect(JSON.parse(JSON.stringify({ steps: shown, losses }))).toEqual(flow);
    const trace = await adaptor.trace(planned, JSON.stringify(payloads[0]));
    expect(trace.steps.map(({ payload }) => JSON.parse(payload) as unknown)).toEqual(payloads.slice(1));
  });
});
