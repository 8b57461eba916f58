import { EventSource } from 'eventsource';
import { setTimeout as delay } from 'node:timers/promises';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';
import { Tally } from './support/tally.js';
import { twinPath } from './support/twin-network.js';

// Brokers start, are killed and start again here: that takes seconds, and more on a busy machine.

const WRITERS = 8;
const CHANGES = 25;

interface Told {
  id: string;
  type: string;
  twin: string;
  version: number;
}

/** Follows the feed over every outage, as any client with an EventSource does. */
class FeedReader {
  readonly told: Told[] = [];
  readonly tally = new Tally();
  private source?: EventSource;

  constructor(
    private readonly url: string,
    private readonly token: () => string,
  ) {}

  open(): Promise<void> {
    const source = new EventSource(`${this.url}/v1/registry/events?after=oldest&domain=feed`, {
      fetch: (input, init) =>
        fetch(input, { ...init, headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${this.token()}` } }),
    });
    this.source = source;
    for (const type of ['twinRegistered', 'twinUpdated', 'twinDeregistered']) {
      source.addEventListener(type, (event: { data: unknown }) => {
        this.told.push(JSON.parse(String(event.data)) as Told);
        this.tally.add();
      });
    }
    return new Promise((resolve) => source.addEventListener('open', () => resolve(), { once: true }));
  }

  close(): void {
    this.source?.close();
  }
}

describe('the change feed of two brokers, one of which is killed', () => {
  let killed: RunningBroker;
  let steady: RunningBroker;
  let owner: TestOrganization;
  beforeAll(async () => {
    killed = await RunningBroker.start();
    steady = await RunningBroker.start({ database: killed.database });
    owner = await steady.createOrganization('feed-owner');
  });
  afterAll(async () => {
    await steady.close();
    await killed.close();
  });

  /** Changes one twin again and again, through either broker, until each change is acknowledged; a repeat of the same change makes no event. */
  async function write(id: string, n: number): Promise<void> {
    for (let change = 1; change <= CHANGES; change += 1) {
      const profile = { name: `change ${change}`, domain: 'feed' };
      for (let tries = 0; ; tries += 1) {
        const broker = (n + change + tries) % 2 === 0 ? killed : steady;
        const { status } = await broker.api('PUT', twinPath(id), profile, owner.token).catch(() => ({ status: 0 }));
        if (status === 200 || status === 201) break;
        if (tries > 200) throw new Error(`change ${change} of ${id} was never acknowledged: ${status}`);
        await delay(50);
      }
    }
  }

  it('tells every change once and in order to readers of both', async () => {
    const readers = [killed, steady].map(({ url }) => new FeedReader(url, () => owner.token));
    await Promise.all(readers.map((reader) => reader.open()));
    const ids = Array.from({ length: WRITERS }, (_, n) => `urn:test:feed:${n}`);
    const writing = Promise.all(ids.map((id, n) => write(id, n)));
    const [first] = readers;
    await first?.tally.reaches(30);
    await killed.kill();
    await killed.restart();
    await writing;
    await Promise.all(readers.map(({ tally }) => tally.reaches(WRITERS * CHANGES)));
    for (const reader of readers) {
      for (const id of ids) {
        const own = reader.told.filter(({ twin }) => twin === id);
        expect(own.map(({ version }) => version)).toEqual(Array.from({ length: CHANGES }, (_, n) => n + 1));
        expect(own.map(({ type }) => type)).toEqual(['twinRegistered', ...Array<string>(CHANGES - 1).fill('twinUpdated')]);
      }
      reader.close();
    }
    expect(readers[0]?.told.map(({ id }) => id)).toEqual(readers[1]?.told.map(({ id }) => id));
  });
});
