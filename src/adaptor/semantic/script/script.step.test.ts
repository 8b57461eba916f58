import { ScriptRunner } from '../../script/script-runner.js';
import { ScriptStep } from './script.step.js';

describe('the step script', () => {
  const runner = new ScriptRunner();
  const step = new ScriptStep(runner);
  afterAll(() => runner.close());

  it('gives what the expression makes of the value', async () => {
    const run = step.compile(step.read({ expression: '{"kmh": speed * 3.6}' }));
    expect(await run({ speed: 10 })).toEqual({ kmh: 36 });
    await expect(run({})).resolves.toEqual({});
    await expect(step.compile(step.read({ expression: 'missing' }))({})).rejects.toMatchObject({ name: 'StepError' });
  });

  it.each([undefined, {}, { expression: 5 }, { expression: 'a +' }, { expression: 'a', timeoutMs: 5 }])(
    'refuses the parameters %j',
    (parameters) => {
      expect(() => step.read(parameters)).toThrow(expect.objectContaining({ code: 'validation-failed' }) as Error);
    },
  );

  it('names what nobody knows of it', () => {
    expect(step.losses().map(({ kind }) => kind)).toEqual(['script', 'rounding']);
  });
});
