import type { BackgroundTasks } from '../../database/background-task.js';
import type { BrokerSignals } from '../../database/broker-signals.js';
import type { Wakeups } from '../log/wakeups.js';
import { emptyInbox, type InboxState } from './inbox-state.js';
import type { InboxStore, StoredInbox } from './inbox.store.js';
import { Inboxes } from './inboxes.js';

const RECEIVER = 'urn:test:receiver';
const reaching = (position: string): InboxState => ({ ...emptyInbox(), cursors: { '1': position } });
const reached = (state: InboxState | undefined): string | undefined => state?.cursors['1'];

/** Inboxes over a store in memory, beside brokers that come and go. */
function parts(signals = { isAlone: true, timesJoined: 1, brokerId: 'own' }) {
  let stored: StoredInbox = { version: '1', state: reaching('10') };
  let reads = 0;
  let reading: Promise<void> = Promise.resolve();
  let saving: Promise<void> = Promise.resolve();
  const store = {
    read: async () => {
      reads += 1;
      const found = stored;
      await reading;
      return found;
    },
    reserve: async (_receiver: string, broker: string) => {
      if (stored.reservedBy === undefined) stored = { ...stored, version: String(Number(stored.version) + 1), reservedBy: broker };
      await reading;
      return stored;
    },
    save: async (_receiver: string, expected: string, state: InboxState) => {
      await saving;
      if (expected !== stored.version) return undefined;
      stored = { version: String(Number(expected) + 1), state };
      return stored.version;
    },
  };
  const inboxes = new Inboxes(
    store as unknown as InboxStore,
    signals as unknown as BrokerSignals,
    { wake: () => undefined } as unknown as Wakeups,
    { every: () => undefined } as unknown as BackgroundTasks,
  );
  return {
    inboxes,
    signals,
    reads: () => reads,
    stored: () => stored,
    /** What another broker stores. Without a reservation of its own it is too late when somebody else has one. */
    elsewhere: (position: string) => {
      if (stored.reservedBy === undefined) stored = { version: String(Number(stored.version) + 1), state: reaching(position) };
    },
    /** Another broker has the next state reserved until the function this gives is called. */
    reservedElsewhere: () => {
      stored = { ...stored, version: String(Number(stored.version) + 1), reservedBy: 'another' };
      return () => (stored = { ...stored, reservedBy: undefined });
    },
    /** Has reading take until the function it gives is called. */
    slowly: () => {
      let go: () => void = () => undefined;
      reading = new Promise((resolve) => (go = resolve));
      return () => go();
    },
    savesSlowly: () => {
      let go: () => void = () => undefined;
      saving = new Promise((resolve) => (go = resolve));
      return () => go();
    },
  };
}

const moveTo = (inboxes: Inboxes, position: string): Promise<void> =>
  inboxes.change(RECEIVER, () => ({ state: reaching(position), result: undefined }));

describe('the own state of an inbox', () => {
  it('is read once by a broker that is alone, and follows its changes', async () => {
    const { inboxes, reads } = parts();
    expect(reached(await inboxes.own(RECEIVER))).toBe('10');
    expect(reached(await inboxes.own(RECEIVER))).toBe('10');
    await moveTo(inboxes, '20');
    expect(reached(await inboxes.own(RECEIVER))).toBe('20');
    expect(reads()).toBe(1);
  });

  it('is not told beside other brokers, and what they changed is found when they are gone', async () => {
    const { inboxes, signals, elsewhere } = parts();
    await inboxes.own(RECEIVER);
    Object.assign(signals, { isAlone: false, timesJoined: 2 });
    expect(await inboxes.own(RECEIVER)).toBeUndefined();
    elsewhere('30');
    signals.isAlone = true;
    expect(reached(await inboxes.own(RECEIVER))).toBe('30');
  });

  it('is not what was known before the first heartbeat, when others may have lived', async () => {
    const { inboxes, signals, elsewhere } = parts({ isAlone: false, timesJoined: 1, brokerId: 'own' });
    await moveTo(inboxes, '20');
    elsewhere('30');
    signals.isAlone = true;
    expect(reached(await inboxes.own(RECEIVER))).toBe('30');
  });

  it('is not remembered as it was read when it was changed meanwhile', async () => {
    const { inboxes, slowly } = parts();
    const go = slowly();
    const looking = inboxes.own(RECEIVER);
    const moving = moveTo(inboxes, '40');
    go();
    await Promise.all([looking, moving]);
    expect(reached(await inboxes.own(RECEIVER))).toBe('40');
  });

  it('is not remembered as it was read while a change begun before was being stored', async () => {
    const { inboxes, slowly, savesSlowly } = parts();
    const save = savesSlowly();
    const moving = moveTo(inboxes, '40');
    await new Promise(setImmediate);
    const read = slowly();
    const looking = inboxes.own(RECEIVER);
    save();
    await moving;
    read();
    await looking;
    expect(reached(await inboxes.own(RECEIVER))).toBe('40');
  });
});

describe('a provisional change', () => {
  const provisionally = (inboxes: Inboxes, position: string): Promise<void> =>
    inboxes.change(RECEIVER, () => ({ state: reaching(position), result: undefined, isProvisional: true }));

  it('is remembered, and stored with the next change', async () => {
    const { inboxes, stored } = parts();
    await provisionally(inboxes, '20');
    expect(reached(inboxes.peek(RECEIVER))).toBe('20');
    expect(stored()).toEqual({ version: '1', state: reaching('10') });
    await inboxes.change(RECEIVER, (state) => ({ state: { ...state, dropped: 1 }, result: undefined }));
    expect(stored()).toEqual({ version: '2', state: { ...reaching('20'), dropped: 1 } });
  });

  it('is stored with another one of its round', async () => {
    const { inboxes, stored } = parts();
    const dropping = inboxes.change(RECEIVER, (state) => ({ state: { ...state, dropped: 1 }, result: undefined }));
    await Promise.all([dropping, provisionally(inboxes, '20')]);
    expect(reached(stored().state)).toBe('20');
  });

  it('is made of the newest state beside other brokers, and lost to what they store', async () => {
    const { inboxes, elsewhere, stored } = parts({ isAlone: false, timesJoined: 1, brokerId: 'own' });
    await provisionally(inboxes, '20');
    elsewhere('30');
    const seen: (string | undefined)[] = [];
    await inboxes.change(RECEIVER, (state) => {
      seen.push(reached(state));
      return { state: { ...state, dropped: 1 }, result: undefined, isProvisional: true };
    });
    expect(seen).toEqual(['20', '30']);
    expect(reached(inboxes.peek(RECEIVER))).toBe('30');
    expect(stored()).toEqual({ version: '2', state: reaching('30') });
  });
});

describe('brokers that change one inbox', () => {
  const together = { isAlone: false, timesJoined: 1, brokerId: 'own' };

  it('all get through: who loses again and again reserves the next state', async () => {
    const { inboxes, elsewhere, stored } = parts(together);
    let tries = 0;
    await inboxes.change(RECEIVER, (state) => {
      tries += 1;
      // Somebody else is faster every time.
      elsewhere(String(100 + tries));
      return { state: { ...state, dropped: tries }, result: undefined };
    });
    expect(tries).toBe(4);
    expect(stored()).toMatchObject({ state: { dropped: 4, cursors: { '1': '103' } } });
    expect(stored().reservedBy).toBeUndefined();
  });

  it('wait while another has the next state reserved', async () => {
    const { inboxes, reservedElsewhere, stored } = parts(together);
    const free = reservedElsewhere();
    let isDone = false;
    const moving = moveTo(inboxes, '20').then(() => (isDone = true));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isDone).toBe(false);
    free();
    await moving;
    expect(reached(stored().state)).toBe('20');
  });

  it('give a reservation up that they did not need', async () => {
    const { inboxes, elsewhere, stored } = parts(together);
    let tries = 0;
    await inboxes.change(RECEIVER, (state) => {
      tries += 1;
      elsewhere(String(100 + tries));
      return { state: tries > 3 ? state : { ...state, dropped: tries }, result: undefined };
    });
    expect(reached(stored().state)).toBe('103');
    expect(stored().reservedBy).toBeUndefined();
  });
});
