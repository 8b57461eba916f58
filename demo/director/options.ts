import { parseArgs } from 'node:util';

export interface Options {
  seed: number;
  keep: boolean;
  help: boolean;
}

export const USAGE = `Usage: npm run demo -- [--seed N] [--keep] [--help]

A warehouse burns at Park Royal, London. Five domain twins, each a process of its own, find one another through the
broker and act together; what they measure is synthetic, where they are is real.

  --seed N   an integer from 0 to 4294967295; changes numbers and outcomes (default 1)
  --keep     leave broker and twins running at the end, until Ctrl-C
  --help     show this

  BROKER_URL               the broker to use (default http://127.0.0.1:3000); when none answers there, one is started
  OPERATOR_CLIENT_SECRET   operator's secret at that broker; else it is read from operator.json in DATA_DIR (default .data)
  DEMO_DATA_DIR            where a broker started here keeps its data (default .data/demo)
`;

/** The command line cannot be understood. */
export class UsageError extends Error {}

const MAX_SEED = 4_294_967_295;

/** @throws UsageError for anything that is not in {@link USAGE} */
export function readOptions(args: readonly string[]): Options {
  const { seed, keep, help } = parse(args);
  if (!/^\d{1,10}$/.test(seed) || Number(seed) > MAX_SEED) throw new UsageError(`--seed must be an integer from 0 to ${MAX_SEED}.`);
  return { seed: Number(seed), keep, help };
}

function parse(args: readonly string[]): { seed: string; keep: boolean; help: boolean } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string', default: '1' },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
