import { PendingSends } from './pending-sends.js';

const ENDS = { late: 'late', abandoned: 'abandoned' };
const never = new Promise<string>(() => undefined);

describe('PendingSends', () => {
  it('gives what the far end said', async () => {
    const sends = new PendingSends<string>(60_000, ENDS);
    await expect(sends.wait(Promise.resolve('taken'))).resolves.toBe('taken');
  });

  it('ends each send when its own time is over, and not those that began later', async () => {
    const sends = new PendingSends<string>(20, ENDS);
    const first = sends.wait(never);
    await expect(first).resolves.toBe('late');
    let acknowledge: (word: string) => void = () => undefined;
    const second = sends.wait(new Promise((resolve) => (acknowledge = resolve)));
    acknowledge('taken');
    await expect(second).resolves.toBe('taken');
    await expect(Promise.all([sends.wait(never), sends.wait(never)])).resolves.toEqual(['late', 'late']);
  });

  it('ends the sends of the signal that is aborted, and no others', async () => {
    const sends = new PendingSends<string>(60_000, ENDS);
    const [one, other] = [new AbortController(), new AbortController()];
    const gone = [sends.wait(never, one.signal), sends.wait(never, one.signal)];
    const kept = sends.wait(never, other.signal);
    one.abort();
    await expect(Promise.all(gone)).resolves.toEqual(['abandoned', 'abandoned']);
    await expect(sends.wait(never, one.signal)).resolves.toBe('abandoned');
    sends.endAll('broken');
    await expect(kept).resolves.toBe('broken');
  });

  it('ends nothing twice: what comes after the end is not heard', async () => {
    const sends = new PendingSends<string>(60_000, ENDS);
    let acknowledge: (word: string) => void = () => undefined;
    const send = sends.wait(new Promise((resolve) => (acknowledge = resolve)));
    sends.endAll('broken');
    acknowledge('taken');
    await expect(send).resolves.toBe('broken');
  });
});
