import { join } from 'node:path';
import { BenchPostgres } from '../broker/bench-postgres.mjs';
import { SpreadReport } from '../measure/spread-report.mjs';
import { Contender } from './process/contender.mjs';

const BROKER = 'brokers/broker.mjs';
/** Turns of the short form. */
const SHORT_TURN = { warmMs: 100, ms: 500 };
const WARM_UP_MS = 400;
/** Thousands of messages that are under way outlive a young generation of the default size: every process of the table gets the one of our Dockerfile. */
const YOUNG_GENERATION = '--max-semi-space-size=128';

/** What the rows of the table share: the PostgreSQL, the processes that are compared, the report. Whatever it starts, it ends. */
export class ExchangeBench {
  #owned = [];
  #kept = [];
  #databases = 0;
  #shared;
  #peers = new Map();
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

  /** Starts a process with a database of its own, for one row. BENCH_NODE_OPTIONS (say `--cpu-prof`) goes to those that run the broker. */
  contender(module, options) {
    return this.#open(module, options, this.own);
  }

  /**
   * A broker with these pairs of twins connected, beside those that every one has. The short form has one for all rows: in its minute there is no
   * room for many that start.
   */
  async broker(pairs = []) {
    const broker = await (this.quick ? (this.#shared ??= this.#open(BROKER, {}, this.#keep)) : this.contender(BROKER));
    await broker.call('connect', pairs);
    return broker;
  }

  /**
   * The address of a peer that is a server of its own, started when it is first asked for.
   * @param {(place: { postgres: BenchPostgres, own: (closable: object) => object }) => Promise<string | undefined>} start
   */
  peer(start) {
    const own = this.quick ? this.#keep : this.own;
    if (!this.#peers.has(start)) this.#peers.set(start, start({ postgres: this.postgres, own }));
    return this.#peers.get(start);
  }

  async #open(module, options = {}, own) {
    if (this.#closed !== undefined) throw new Error('the benchmark is ending');
    this.#databases += 1;
    const number = this.#databases;
    const url = options.url ?? (await this.#database(`bench_${number}`, own));
    const place = join(this.postgres.place, `contender-${number}`);
    const nodeOptions = /^brokers|mqtt-bridge|two-forms|view/.test(module) ? (process.env.BENCH_NODE_OPTIONS ?? '') : '';
    const contender = own(new Contender(module, [YOUNG_GENERATION, ...nodeOptions.split(' ').filter(Boolean)]));
    await contender.call('open', { dist: this.dist, place, ...options, url });
    return Object.assign(contender, { databaseUrl: url });
  }

  async #database(name, own) {
    own({ close: () => this.postgres.dropDatabase(name) });
    return this.postgres.database(name);
  }

  /** How long a turn lasts: as long as said or, in the short form, a moment, and before the rounds a moment to warm up in. */
  turn(round, long) {
    if (!this.quick) return long;
    return round < 0 ? { warmMs: 0, ms: WARM_UP_MS } : SHORT_TURN;
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
  own = (closable) => {
    this.#owned.push(closable);
    return closable;
  };

  /** The same for the whole run. */
  #keep = (closable) => {
    this.#kept.push(closable);
    return closable;
  };

  /** The last lines of the row's processes. */
  get logs() {
    return [...this.#kept, ...this.#owned].map(({ module, log }) => (log ? `${module}:\n${log.slice(-2_000)}` : '')).join('\n');
  }

  /** Ends what a row started. */
  clear() {
    return this.#end(this.#owned);
  }

  /** Ends whatever is left. */
  close() {
    return (this.#closed ??= this.clear()
      .then(() => this.#end(this.#kept))
      .finally(() => this.postgres?.stop()));
  }

  /** The last first. */
  async #end(closables) {
    for (const closable of closables.splice(0).reverse()) await closable.close().catch((error) => this.say(`not closed: ${error}`));
  }
}
