import { ExactNumber } from '../../kernel/exact-json.js';
import { StepError } from '../semantic/semantic-step.js';
import { SCRIPT_LIMITS, ScriptRunner } from './script-runner.js';

describe('a runner of scripts', () => {
  const runners: ScriptRunner[] = [];
  const aRunner = (limits: Partial<typeof SCRIPT_LIMITS> = {}, processes?: number): ScriptRunner => {
    const runner = new ScriptRunner({ ...SCRIPT_LIMITS, ...limits }, processes);
    runners.push(runner);
    return runner;
  };
  afterEach(() => {
    for (const runner of runners.splice(0)) runner.close();
  });

  it.each(['$.speed * 3.6', '{"v": a.b[0]}', '$map(list, function($x) { $x + 1 })'])('takes the expression %s', (expression) => {
    expect(() => aRunner().check(expression)).not.toThrow();
  });

  it.each(
    [
      ['a +', 3],
      ['{"a": ', undefined],
      ['a b', 3],
      ['"open', undefined],
      ['', undefined],
      [' ', undefined],
      [5, undefined],
      [undefined, undefined],
      ['1'.repeat(8_193), undefined],
      ['('.repeat(8_000), undefined],
      ['['.repeat(8_000), undefined],
      ['-'.repeat(8_000), undefined],
    ].map(([expression, position]) => [String(expression).slice(0, 12), expression, position] as const),
  )('refuses the expression %s and says where', (_, expression, position) => {
    const refusal = expect.objectContaining({
      code: 'validation-failed',
      ...(position === undefined ? {} : { extensions: { position } }),
    }) as Error;
    expect(() => aRunner().check(expression)).toThrow(refusal);
  });

  it('gives what an expression makes of a value', async () => {
    const runner = aRunner();
    expect(await runner.run('{"kmh": speed * 3.6, "names": list.name}', { speed: 10, list: [{ name: 'a' }, { name: 'b' }] })).toEqual({
      kmh: 36,
      names: ['a', 'b'],
    });
    expect(await runner.run('$', new ExactNumber('12345678901234567890.1'))).toBe(12345678901234567000);
    expect(await Promise.all([1, 2, 3, 4].map((n) => runner.run(`$ + ${n % 2}`, n)))).toEqual([2, 2, 4, 4]);
  });

  it.each([
    ['fails', '$error("no")', /no/],
    ['calls what is none', 'a.b()', /non-function/],
    ['gives nothing', 'missing', /gives nothing/],
    ['gives a function', '$uppercase', /gives nothing/],
    ['gives too much', '$pad("", 2000000, "x")', /characters/],
    ['recurses', '($f := function($x) { $f($x + 1) + 1 }; $f(0))', /D1011/],
    ['makes long arrays', '[1..1000000]', /D2015|D2014/],
    ['reaches for the process', '$string.constructor("return process")()', /non-function/],
    ['reaches for a module', '$require("fs")', /non-function/],
  ])('refuses a value when an expression %s', async (_, expression, detail) => {
    const runner = aRunner();
    runner.check(expression);
    await expect(runner.run(expression, { a: 1 })).rejects.toThrow(detail);
    expect(await runner.run('a', { a: 1 })).toBe(1);
  });

  it.each([
    ['loops', '($f := function($x) { $f($x + 1) }; $f(0))'],
    ['matches endlessly', '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(a+)+$/)'],
  ])('ends what %s, and goes on with the next', async (_, expression) => {
    const runner = aRunner({ timeoutMs: 300 }, 1);
    const [lost, found] = await Promise.allSettled([runner.run(expression, {}), runner.run('1 + 1', {})]);
    expect(lost).toMatchObject({ status: 'rejected', reason: { detail: expect.stringMatching(/longer than|timeout/) as string } });
    expect(found).toEqual({ status: 'fulfilled', value: 2 });
  });

  it.each([
    ['a long string', '$pad("x", 500000000)'],
    ['strings that double', '($f := function($x, $n) { $n = 0 ? $x : $f($x & $x, $n - 1) }; $uppercase($f("abcdefgh", 25)))'],
    ['many small things', '$split($pad("x", 10000000, "a"), "")'],
  ])('outlives an expression that takes memory for %s', async (_, expression) => {
    const runner = aRunner();
    const failure = (await runner.run(expression, {}).catch((error: unknown) => error)) as StepError;
    expect(failure).toBeInstanceOf(StepError);
    expect(failure.detail).toMatch(/memory|longer than|timeout|characters|string length/);
    expect(await runner.run('$', 'alive')).toBe('alive');
  });

  it('does not let one expression hold up another', async () => {
    const runner = aRunner({ timeoutMs: 2_000 }, 2);
    const order: string[] = [];
    const loop = '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(a+)+$/)';
    const looping = [1, 2, 3].map((n) => runner.run(loop, n).catch(() => order.push('loop')));
    await runner.run('$', 1).then(() => order.push('quick'));
    expect(order).toEqual(['quick']);
    runner.close();
    await Promise.all(looping);
  });

  it('blames the input that runs too long, and none that waits behind it', async () => {
    const runner = aRunner({ timeoutMs: 300 }, 1);
    const expression = 'slow ? $match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(a+)+$/) : n';
    const first = runner.run(expression, { n: 0 });
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map((n) => runner.run(expression, { n, slow: n === 2 })));
    expect(await first).toBe(0);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  });

  it('runs nothing in this process', async () => {
    const runner = aRunner();
    expect(await runner.run('$ ~> |$|{"__proto__": {"polluted": 1}}|', { a: 1 })).toBeDefined();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
