import { parseArgs } from 'node:util';

const HELP = `npm run test:faults -- [options]
  --rounds N        rounds of random faults under load (default 50; with --short 4)
  --seed S          seed of everything random (default: the time)
  --only NAME       one part, or several with commas: PARTS
  --freeze SECONDS  how long a broker is stopped by SIGSTOP in the longest freeze (default 60; with --short 8)
  --messages N      generated bad messages (default 100000; with --short 5000)
  --short           the short form: some minutes
  --dist DIR        the built product (default: dist)`;

/** What to do, from the command line. */
export function readOptions(parts, argv = process.argv.slice(2)) {
  const { values } = parseArgs({
    args: argv,
    options: {
      rounds: { type: 'string' },
      seed: { type: 'string' },
      only: { type: 'string' },
      freeze: { type: 'string' },
      messages: { type: 'string' },
      short: { type: 'boolean', default: false },
      dist: { type: 'string', default: 'dist' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP.replace('PARTS', parts.join(', ')));
    process.exit(0);
  }
  const number = (name, full, short) => {
    const text = values[name];
    const value = text === undefined ? (values.short ? short : full) : Number(text);
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} must be a whole number`);
    return value;
  };
  const only = values.only?.split(',') ?? parts;
  const unknown = only.find((part) => !parts.includes(part));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: there is no such part; the parts are ${parts.join(', ')}`);
  return {
    rounds: number('rounds', 50, 4),
    seed: number('seed', Date.now() % 1_000_000, Date.now() % 1_000_000),
    freezeSeconds: number('freeze', 60, 8),
    messages: number('messages', 100_000, 5_000),
    short: values.short,
    dist: values.dist,
    only,
  };
}
