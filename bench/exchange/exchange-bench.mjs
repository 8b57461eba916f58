import { join } from 'node:path';
import { BenchPostgres } from '../broker/bench-postgres.mjs';
import { SpreadReport } from '../measure/spread-report.mjs';
import { Contender } from './process/contender.mjs';

/** Thousands of messages that are under way outlive a young generation of the default size: every process of the table gets the one of our Dockerfile. */
const YOUNG_GENERATION = '--max-semi-space-size=64';

/** What the rows of the table share: the PostgreSQL, the processes that are compared, the report. Whatever it starts, it ends. */
export class ExchangeBench {
  #owned = [];
  #databases = 0;
  #closed;

  /**
   * @param {{ dist: string, quick: boolean, rounds: number, say: (text: string) => void }} options
   */
  constructor({ dist, quick, rounds, say }) {
    this.dist = dist;
    this.quick = quick;
    this.rounds = rounds;
    this.say = say;
    this.report = new SpreadReport();
  }

  async start() {
    this.postgres = await BenchPostgres.start(this.dist, (line) => this.say(line));
  }

  /** Starts a process with a database of its own. BENCH_NODE_OPTIONS (say `--cpu-prof`) goes to those that run the broker. */
  async contender(module, options = {}) {
    if (this.#closed !== undefined) throw new Error('the benchmark is ending');
    this.#databases += 1;
    const url = options.url ?? (await this.postgres.database(`bench_${this.#databases}`));
    const place = join(this.postgres.place, `contender-${this.#databases}`);
    const own = /twinfed|^brokers|mqtt-bridge|two-forms|view/.test(module)
      ? (process.env.BENCH_NODE_OPTIONS ?? '').split(' ').filter(Boolean)
      : [];
    const contender = new Contender(module, [YOUNG_GENERATION, ...own]);
    this.own(contender);
    await contender.call('open', { dist: this.dist, place, ...options, url });
    return Object.assign(contender, { databaseUrl: url });
  }

  /**
   * Has PostgreSQL write what it still has to and use its old WAL segments again: no turn pays for what the one before wrote, or for making a segment, in
   * which nobody commits for 50 ms.
   */
  async checkpoint() {
    const client = await this.postgres.connect();
    try {
      await client.query('CHECKPOINT');
    } finally {
      await client.end();
    }
  }

  /** Takes care of something that has to be closed when its row is over. */
  own(closable) {
    this.#owned.push(closable);
    return closable;
  }

  /** The last lines of the row's processes. */
  get logs() {
    return this.#owned.map(({ module, log }) => (log ? `${module}:\n${log.slice(-2_000)}` : '')).join('\n');
  }

  /** Ends what a row started, the last first. */
  async clear() {
    for (const closable of this.#owned.splice(0).reverse()) await closable.close().catch((error) => this.say(`not closed: ${error}`));
  }

  close() {
    return (this.#closed ??= this.clear().finally(() => this.postgres?.stop()));
  }
}
