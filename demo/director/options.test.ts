import { readOptions, UsageError } from './options.js';

describe('the command line of the demonstration', () => {
  it('has defaults', () => {
    expect(readOptions([])).toEqual({ seed: 1, keep: false, help: false });
  });

  it('takes a seed and --keep', () => {
    expect(readOptions(['--keep', '--seed', '42'])).toEqual({ seed: 42, keep: true, help: false });
    expect(readOptions(['--seed=0'])).toMatchObject({ seed: 0 });
  });

  it.each([['--sed', '1'], ['--seed'], ['--seed', 'x'], ['--seed', '1.5'], ['--seed', '4294967296'], ['--keep=yes'], ['now']])(
    'refuses %s %s',
    (...args) => {
      expect(() => readOptions(args)).toThrow(UsageError);
    },
  );
});
