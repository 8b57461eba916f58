import { jest } from '@jest/globals';
import { Checkpoints, ViewLost } from '../../src/alignment/run/checkpoints.js';
import { ViewRunner } from '../../src/alignment/run/view-runner.js';
import { ViewStatusService } from '../../src/alignment/view/view-status.service.js';
import type { View } from '../../src/alignment/view/view.js';
import type { TwinId } from '../../src/kernel/ids.js';
import { type TestBroker, TestCity } from './exchange-fixture.js';
import { freeze, hurryViews, JoinedTwins, joinerOf, observe, type PublishedSlot, publishedOf, slotsOf, slotsWhen } from './view-fixture.js';

// Leases run out and slots pass.

const SLOT_MS = 2_000;

describe('a view whose broker dies in the middle of a slot', () => {
  let city: TestCity;
  beforeAll(async () => {
    city = await TestCity.build(2);
    for (const broker of city.brokers) hurryViews(broker, { leaseMs: 1_000 });
  });
  afterAll(() => city.close());

  async function aSum(): Promise<{ view: View; member: TwinId }> {
    const joined = await JoinedTwins.around(city);
    const member = await joined.member();
    const view = await joined.view({
      slotMs: SLOT_MS,
      columns: [{ name: 'sum', members: [{ twin: member, feature: 'flow' }], pointer: '/n', aggregation: 'sum' }],
      rows: { by: 'all' },
      lateness: { delayMs: 100, idleMs: 500, policy: 'correct', correctMs: 600_000 },
    });
    return { view, member };
  }

  /** Publishes 1, 2, 4, … through either broker until told to stop; says how many there were. */
  function publishing(member: TwinId): { stop: () => Promise<number> } {
    const stopping = new AbortController();
    const done = (async () => {
      let count = 0;
      for (; !stopping.signal.aborted && count < 50; count += 1) {
        await observe(city.broker(count % 2), member, 2 ** count, Date.now());
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return count;
    })();
    return {
      stop: () => {
        stopping.abort();
        return done;
      },
    };
  }

  const sumOf = (slots: readonly PublishedSlot[]): number => slots.reduce((sum, { rows }) => sum + (rows[0]?.values['sum'] ?? 0), 0);

  function otherThan(broker: TestBroker): TestBroker {
    const other = city.brokers.find((each) => each !== broker);
    if (other === undefined) throw new Error('there is no other broker');
    return other;
  }

  /** Resolves when so many values were counted, and that was stored. */
  async function counted(broker: TestBroker, view: View, values: number): Promise<void> {
    while ((await broker.get(ViewStatusService).of(view)).figures.counted < values) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async function joinedBy(broker: TestBroker, view: View): Promise<void> {
    while (!broker.get(ViewRunner).joins(view.id)) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Resolves when each number that was published stands in one slot: sums of different powers of two tell each from the others. */
  async function countedOnce(broker: TestBroker, view: View, count: number): Promise<PublishedSlot[]> {
    for (;;) {
      const slots = await slotsOf(broker, view);
      if (sumOf(slots) >= 2 ** count - 1) return slots;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  function expectEachOnce(published: readonly PublishedSlot[], kept: readonly PublishedSlot[]): void {
    const ids = published.map(({ slot, revision }) => `${slot.from} ${revision}`);
    expect(new Set(ids).size).toBe(ids.length);
    for (const slot of kept) expect(published).toContainEqual(slot);
    const begun = kept.map(({ slot }) => Date.parse(slot.from));
    expect(begun).toEqual(begun.map((_, index) => (begun[0] ?? 0) + index * SLOT_MS));
  }

  it('goes on in another, which counts each value once and leaves no slot out', async () => {
    const { view, member } = await aSum();
    const owner = await joinerOf(city, view);
    const successor = otherThan(owner);
    const publisher = publishing(member);
    await counted(owner, view, 8);
    const thaw = freeze(owner);
    await joinedBy(successor, view);
    await counted(successor, view, 30);
    const count = await publisher.stop();
    const slots = await countedOnce(successor, view, count);
    expect(sumOf(slots)).toBe(2 ** count - 1);
    expectEachOnce(await publishedOf(successor, view), slots);
    thaw();
  });

  it('gets nothing from the one that was taken for dead, when it comes back with a slot in hand', async () => {
    const { view, member } = await aSum();
    const owner = await joinerOf(city, view);
    const successor = otherThan(owner);
    const checkpoints = owner.get(Checkpoints);
    const save = checkpoints.save.bind(checkpoints);
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    let thaw: () => void = () => undefined;
    const outcome = new Promise<unknown>((resolve) => {
      const held = jest.spyOn(checkpoints, 'save').mockImplementation(async (...args) => {
        // A slot is about to be stored: at this moment the broker stands still.
        if (args[0].id !== view.id || args[3].length === 0) return save(...args);
        held.mockRestore();
        thaw = freeze(owner);
        await released;
        try {
          const bytes = await save(...args);
          resolve('stored');
          return bytes;
        } catch (error) {
          resolve(error);
          throw error;
        }
      });
    });
    const publisher = publishing(member);
    await joinedBy(successor, view);
    await slotsWhen(successor, view, (slots) => slots.length >= 2);
    release();
    expect(await outcome).toBeInstanceOf(ViewLost);
    const count = await publisher.stop();
    const slots = await countedOnce(successor, view, count);
    expect(sumOf(slots)).toBe(2 ** count - 1);
    expectEachOnce(await publishedOf(successor, view), slots);
    thaw();
  });

  it('goes on after all brokers were away, by what was stored', async () => {
    const { view, member } = await aSum();
    const owner = await joinerOf(city, view);
    await observe(owner, member, 1, Date.now());
    await counted(owner, view, 1);
    for (const n of [0, 1]) await city.restartBroker(n);
    for (const broker of city.brokers) hurryViews(broker, { leaseMs: 1_000 });
    const next = await joinerOf(city, view);
    await observe(next, member, 2, Date.now());
    const slots = await countedOnce(next, view, 2);
    expect(sumOf(slots)).toBe(3);
    expectEachOnce(await publishedOf(next, view), slots);
  });
});
