import { jest } from '@jest/globals';
import { EventSource } from 'eventsource';
import { setTimeout as delay } from 'node:timers/promises';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';
import { Tally } from './support/tally.js';
import { twinPath } from './support/twin-network.js';

// Brokers start, are killed and start again here: that takes seconds, and more on a busy machine.
jest.setTimeout(180_000);

const WRITERS = 8;
const ROUNDS = 12;
const QUERY = { domain: 'standing', label: { name: 'shown', value: 'yes' } };
const PATH = '/v1/discovery/standing-queries/shown';

interface Told {
  id: string;
  reason: 'newlyMatching' | 'updated' | 'noLongerMatching';
  twin: string;
}

interface WhyNot {
  matches: boolean;
  criteria: { criterion: string; met: boolean; actual: unknown }[];
}

/** Follows the standing query over every outage, and keeps what it says of each twin. */
class Watcher {
  readonly told: Told[] = [];
  readonly tally = new Tally();
  private readonly source: EventSource;

  constructor(url: string, token: string) {
    this.source = new EventSource(`${url}${PATH}/events?after=oldest`, {
      fetch: (input, init) =>
        fetch(input, { ...init, headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` } }),
    });
    for (const reason of ['newlyMatching', 'updated', 'noLongerMatching']) {
      this.source.addEventListener(reason, (event: { data: unknown }) => {
        this.told.push(JSON.parse(String(event.data)) as Told);
        this.tally.add();
      });
    }
  }

  /** The twins that match by what was told. */
  matching(): string[] {
    const state = new Map<string, boolean>();
    for (const { reason, twin } of this.told) state.set(twin, reason !== 'noLongerMatching');
    return [...state]
      .filter(([, matches]) => matches)
      .map(([twin]) => twin)
      .toSorted();
  }

  close(): void {
    this.source.close();
  }
}

describe('standing queries and why-not while eight write, over two brokers, one of which is killed', () => {
  let killed: RunningBroker;
  let steady: RunningBroker;
  let owner: TestOrganization;
  let asker: TestOrganization;
  beforeAll(async () => {
    killed = await RunningBroker.start();
    steady = await RunningBroker.start({ database: killed.database });
    owner = await steady.createOrganization('standing-owner');
    asker = await steady.createOrganization('standing-asker');
  });
  afterAll(async () => {
    await steady.close();
    await killed.close();
  });

  const ids = Array.from({ length: WRITERS }, (_, n) => `urn:test:standing:${n}`);

  /** Shows and hides one twin in turn, through either broker, each change until it is acknowledged. Ends shown for even numbers. */
  async function write(id: string, n: number): Promise<void> {
    for (let round = 0; round < ROUNDS + (n % 2); round += 1) {
      const profile = { name: `round ${round}`, domain: 'standing', access: 'listed', labels: { shown: round % 2 === 0 ? 'no' : 'yes' } };
      for (let tries = 0; ; tries += 1) {
        const broker = (n + round + tries) % 2 === 0 ? killed : steady;
        const { status } = await broker.api('PUT', twinPath(id), profile, owner.token).catch(() => ({ status: 0 }));
        if (status === 200 || status === 201) break;
        if (tries > 400) throw new Error(`round ${round} of ${id} was never acknowledged: ${status}`);
        await delay(50);
      }
    }
  }

  async function whyNot(twin: string): Promise<WhyNot> {
    const { status, body } = await steady.api<WhyNot>('POST', '/v1/discovery/why-not', { twin, query: QUERY }, asker.token);
    expect(status).toBe(200);
    return body;
  }

  async function found(broker: RunningBroker): Promise<string[]> {
    const { body } = await broker.api<{ items: { id: string }[] }>('POST', '/v1/discovery/search', { query: QUERY }, asker.token);
    return body.items.map(({ id }) => id).toSorted();
  }

  it('tell the truth in the end, each change once, and explain what they say at any time', async () => {
    expect((await steady.api('PUT', PATH, { query: QUERY }, asker.token)).status).toBe(201);
    const watchers = [killed, steady].map(({ url }) => new Watcher(url, asker.token));
    const writing = Promise.all(ids.map((id, n) => write(id, n)));
    await watchers[1]?.tally.reaches(5);
    await killed.kill();
    await killed.restart();
    const first = ids[0] ?? '';
    for (let look = 0; look < 10; look += 1) {
      const { matches, criteria } = await whyNot(first);
      expect(matches).toBe(criteria.every(({ met }) => met));
      const label = criteria.find(({ criterion }) => criterion === 'label');
      expect(label?.actual).toBe(label?.met === true ? 'yes' : 'no');
    }
    await writing;
    const shown = ids.filter((_, n) => n % 2 === 0).toSorted();
    expect(await found(steady)).toEqual(shown);
    expect(await found(killed)).toEqual(shown);
    for (const watcher of watchers) {
      for (let tries = 0; tries < 200 && watcher.matching().join() !== shown.join(); tries += 1) await delay(100);
      expect(watcher.matching()).toEqual(shown);
      expect(new Set(watcher.told.map(({ id }) => id)).size).toBe(watcher.told.length);
      const matched = new Set<string>();
      for (const { reason, twin } of watcher.told) {
        expect(matched.has(twin)).toBe(reason !== 'newlyMatching');
        if (reason === 'noLongerMatching') matched.delete(twin);
        else matched.add(twin);
      }
      watcher.close();
    }
    for (const id of ids) expect((await whyNot(id)).matches).toBe(shown.includes(id));
  });
});
