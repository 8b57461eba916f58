import fc from 'fast-check';
import { SenderQueues } from './sender-queues.js';

interface Item {
  sender: string;
  n: number;
  bytes: number;
}

describe('the queues of senders', () => {
  it('let a sender through beside one that floods', () => {
    const queues = new SenderQueues<Item>();
    for (let n = 0; n < 10_000; n += 1) queues.push('flood', { sender: 'flood', n, bytes: 1 });
    queues.push('quiet', { sender: 'quiet', n: 0, bytes: 1 });
    expect(queues.take(1_000, 1_000_000).some((item) => item.sender === 'quiet')).toBe(true);
    expect(queues).toHaveLength(9_001);
  });

  it('bound a batch in items and bytes, but take at least one', () => {
    const queues = new SenderQueues<Item>();
    for (let n = 0; n < 5; n += 1) queues.push('a', { sender: 'a', n, bytes: 10 });
    expect(queues.take(2, 1_000)).toHaveLength(2);
    expect(queues.take(10, 11)).toHaveLength(2);
    expect(queues.take(10, 1)).toHaveLength(1);
    expect(queues.take(10, 1)).toEqual([]);
  });

  it('give every item once, each sender’s in its order, however pushes and batches alternate', () => {
    const push = fc.record({
      sender: fc.constantFrom('a', 'b', 'c'),
      count: fc.integer({ min: 1, max: 3_000 }),
      bytes: fc.nat({ max: 5 }),
    });
    const take = fc.record({ items: fc.integer({ min: 1, max: 1_500 }), bytes: fc.integer({ min: 1, max: 2_000 }) });
    fc.assert(
      fc.property(fc.array(fc.tuple(push, take), { maxLength: 20 }), (rounds) => {
        const queues = new SenderQueues<Item>();
        const pushed = new Map<string, number>();
        const taken = new Map<string, number[]>();
        const note = (items: readonly Item[]): void => {
          for (const { sender, n } of items) taken.set(sender, [...(taken.get(sender) ?? []), n]);
        };
        for (const [{ sender, count, bytes }, limits] of rounds) {
          for (let each = 0; each < count; each += 1) {
            const n = pushed.get(sender) ?? 0;
            pushed.set(sender, n + 1);
            queues.push(sender, { sender, n, bytes });
          }
          note(queues.take(Math.min(limits.items, 50), limits.bytes));
        }
        while (queues.length > 0) note(queues.take(100_000, 1_000_000_000));
        for (const [sender, count] of pushed) expect(taken.get(sender)).toEqual(Array.from({ length: count }, (_, n) => n));
      }),
      { numRuns: 20 },
    );
  });
});
