// Flows in a process of their own, beside what reading and writing the same payload costs there.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ENTITY, STEPS as FORTY } from '../load/forty-properties.mjs';
import { STEPS as TEN, valueText } from '../load/ten-properties.mjs';

const SCRIPT = [
  {
    name: 'script',
    parameters: { expression: '{"number": n, "averageSpeed": speed * 3.6, "street": road, "open": isOpen, "load": power * 1000}' },
  },
];
/** Steps and payload by the name of the way. */
const WAYS = {
  identity: [[], valueText(1)],
  ten: [TEN, valueText(1)],
  forty: [FORTY, ENTITY],
  script: [SCRIPT, valueText(1)],
};
const BATCH = 20;
/** Scripts under way at once. */
const AT_ONCE = 32;

/** @param {{ dist: string }} options */
export async function open({ dist }) {
  const load = (path) => import(pathToFileURL(join(dist, 'src/adaptor', path)).href);
  await import('reflect-metadata');
  const [{ FlowRunner }, { SemanticSteps }, { PayloadFormats }] = await Promise.all([
    load('plan/flow-runner.js'),
    load('semantic/semantic-steps.js'),
    load('format/payload-formats.js'),
  ]);
  const runner = new FlowRunner(new SemanticSteps(), new PayloadFormats());
  const compiled = Object.fromEntries(
    Object.entries(WAYS).map(([way, [steps, text]]) => {
      const flow = {
        purpose: 'data',
        from: 'urn:bench:a',
        to: 'urn:bench:b',
        losses: [],
        steps: steps.map((step, at) => ({ id: `${step.name}-${at}`, ...step })),
      };
      return [way, { flow: runner.compile(flow), text }];
    }),
  );

  /** Microseconds of processor time of one call. */
  const costOf = (work, ms) => {
    let calls = 0;
    const before = process.cpuUsage();
    const until = performance.now() + ms;
    while (performance.now() < until) {
      for (let n = 0; n < BATCH; n += 1) work();
      calls += BATCH;
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / calls;
  };

  return {
    /** One round of a way: microseconds per message, and per JSON.parse and JSON.stringify of the same payload. */
    cost: async ({ way, ms }) => {
      const { flow, text } = compiled[way];
      const plain = costOf(() => JSON.stringify(JSON.parse(text)), ms);
      return { plan: costOf(() => flow.run(text), ms), plain, bytes: text.length };
    },
    /** One round of scripts, some under way at once: microseconds of the clock per message. */
    scripts: async ({ ms }) => {
      const { flow, text } = compiled.script;
      const begun = performance.now();
      let calls = 0;
      const work = async () => {
        while (performance.now() - begun < ms) {
          await flow.run(text);
          calls += 1;
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      return { each: ((performance.now() - begun) * 1_000) / calls };
    },
    /** What becomes of the payload, for people to look at. */
    outcome: async ({ way }) => compiled[way].flow.run(compiled[way].text),
    close: () => undefined,
  };
}
