import fc from 'fast-check';
import type { Position } from '../log/log-row.js';
import { type Candidate, Claim, type Granted, readyKeys } from './claim.js';
import { emptyInbox, type InboxState } from './inbox-state.js';
import { extend, giveBack, placesOf, settle, settleAnywhere } from './settling.js';

interface Row extends Candidate {
  label: string;
}

const row = (position: number, key: string, source = '1'): Row => ({ source, key, position: String(position), label: `${key}${position}` });
const deliver = (): 'deliver' => 'deliver';

function claim(
  state: InboxState,
  rows: readonly Row[],
  { token = 't1', consumer = 'one', max = 100, now = 0 } = {},
): { state: InboxState; granted: readonly Granted<Row>[] } {
  const claiming = new Claim<Row>(state, { claimId: token, token, consumer }, max);
  for (const held of readyKeys(state, { consumer }, now)) {
    const retry = rows.filter((each) => held.retry.includes(each.position));
    const rest = rows.filter(
      (each) =>
        each.key === held.key &&
        each.source === held.source &&
        held.rest !== undefined &&
        Number(each.position) >= Number(held.rest) &&
        Number(each.position) <= Number(state.cursors[held.source] ?? '0'),
    );
    claiming.takeHeld(held, retry, rest, true, deliver);
  }
  const beyond = rows.filter((each) => Number(each.position) > Number(state.cursors['1'] ?? '0'));
  claiming.takeFrontier('1', beyond, deliver, max);
  return claiming.finish(now + 1_000);
}

const labels = (granted: readonly Granted<Row>[]): string[] => granted.map(({ candidate }) => candidate.label);
const place = (position: number): { source: string; position: Position } => ({ source: '1', position: String(position) });

describe('claiming', () => {
  it('hands out what lies beyond the frontier, in order, and moves the frontier', () => {
    const { state, granted } = claim(emptyInbox(), [row(1, 'a'), row(2, 'b'), row(3, 'a')], { max: 2 });
    expect(labels(granted)).toEqual(['a1', 'b2']);
    expect(state.cursors).toEqual({ '1': '2' });
  });

  it('keeps a key in one consumer’s hands and lets the others flow', () => {
    const rows = [row(1, 'a'), row(2, 'a'), row(3, 'b')];
    const first = claim(emptyInbox(), rows, { max: 1 });
    const second = claim(first.state, rows, { token: 't2', consumer: 'two' });
    expect(labels(second.granted)).toEqual(['b3']);
    const settled = settle(second.state, 't1', [place(1)]);
    expect(labels(claim(settled, rows, { token: 't3', consumer: 'two' }).granted)).toEqual(['a2']);
  });

  it('gives one consumer a run of a key over several claims', () => {
    const rows = [row(1, 'a'), row(2, 'a')];
    const first = claim(emptyInbox(), rows, { max: 1 });
    expect(labels(claim(first.state, rows, { token: 't2' }).granted)).toEqual(['a2']);
  });

  it('gives no more of a key than may be in hand; the rest of it waits, and the others flow', () => {
    const terms = { claimId: 'c', token: 't', consumer: 'one', mostOf: (_: string, key: string) => (key === 'a' ? 2 : 9) };
    const claiming = new Claim<Row>(emptyInbox(), terms, 10);
    claiming.takeFrontier('1', [row(1, 'a'), row(2, 'a'), row(3, 'a'), row(4, 'b')], deliver, 10);
    const { state, granted } = claiming.finish(1);
    expect(labels(granted)).toEqual(['a1', 'a2', 'b4']);
    expect(readyKeys(state, { consumer: 'one', mostOf: () => 0 }, 0)).toEqual([]);
    const [held] = readyKeys(state, { consumer: 'one', mostOf: () => 1 }, 0);
    expect(held).toMatchObject({ key: 'a', rest: '3' });
    const next = new Claim<Row>(state, { ...terms, claimId: 'd', token: 'u', mostOf: () => 1 }, 10);
    if (held !== undefined) next.takeHeld(held, [], [row(3, 'a')], true, deliver);
    expect(labels(next.finish(1).granted)).toEqual(['a3']);
  });

  it('passes over for good what needs no delivery', () => {
    const claiming = new Claim<Row>(emptyInbox(), { claimId: 'c', token: 't', consumer: 'one' }, 10);
    claiming.takeFrontier('1', [row(1, 'a'), row(2, 'a')], (each) => (each.position === '1' ? 'pass' : 'deliver'), 10);
    const { state, granted } = claiming.finish(1);
    expect(labels(granted)).toEqual(['a2']);
    expect(state.cursors).toEqual({ '1': '2' });
  });

  it('lets a key wait whose connection is interrupted, and nothing else', () => {
    const claiming = new Claim<Row>(emptyInbox(), { claimId: 'c', token: 't', consumer: 'one' }, 10);
    claiming.takeFrontier('1', [row(1, 'a'), row(2, 'b'), row(3, 'a')], (each) => (each.key === 'a' ? { waitUntil: 50 } : 'deliver'), 10);
    const { state, granted } = claiming.finish(1);
    expect(labels(granted)).toEqual(['b2']);
    expect(readyKeys(state, { consumer: 'one' }, 49)).toEqual([]);
    expect(readyKeys(state, { consumer: 'one' }, 50)).toMatchObject([{ key: 'a', rest: '1' }]);
  });
});

describe('giving back', () => {
  it('parks the key of the failed message, with what follows it, and lets the others flow', () => {
    const rows = [row(1, 'a'), row(2, 'b'), row(3, 'a'), row(4, 'b')];
    const claimed = claim(emptyInbox(), rows, { max: 3 });
    const { state } = giveBack(claimed.state, 't1', [place(1)], 5, () => 500);
    expect(placesOf(state.leases[0] ?? { claimId: '', token: '', consumer: '', expiresAt: 0, runs: [] })).toEqual([place(2)]);
    expect(labels(claim(state, rows, { token: 't2', now: 499 }).granted)).toEqual(['b4']);
    const again = claim(state, rows, { token: 't3', now: 500 });
    // What came back with the failed message was delivered before, but has not failed.
    expect(again.granted.map(({ candidate, attempt, redelivered }) => [candidate.label, attempt, redelivered])).toEqual([
      ['a1', 2, true],
      ['a3', 1, true],
      ['b4', 1, false],
    ]);
  });

  it('gives up a message whose attempts are used up, and its key goes on', () => {
    const rows = [row(1, 'a'), row(2, 'a')];
    let state = claim(emptyInbox(), rows, { max: 1 }).state;
    const first = giveBack(state, 't1', [place(1)], 2, () => 0);
    expect(first.exhausted).toEqual([]);
    state = claim(first.state, rows, { token: 't2', max: 1 }).state;
    const second = giveBack(state, 't2', [place(1)], 2, () => 0);
    expect(second.exhausted).toEqual([{ ...place(1), attempts: 2 }]);
    expect(labels(claim(second.state, rows, { token: 't3' }).granted)).toEqual(['a2']);
  });

  it('changes nothing for a token that holds no lease', () => {
    const { state } = claim(emptyInbox(), [row(1, 'a')]);
    expect(giveBack(state, 'stale', [place(1)], 5, () => 0).state).toEqual(state);
    expect(settle(state, 'stale', [place(1)])).toEqual(state);
  });
});

describe('settling', () => {
  it('removes a lease that has nothing left', () => {
    const { state } = claim(emptyInbox(), [row(1, 'a'), row(2, 'b')]);
    expect(settle(state, 't1', [place(1)]).leases).toHaveLength(1);
    expect(settle(state, 't1', [place(1), place(2)]).leases).toEqual([]);
  });

  it('finds an answered message in whoever’s hands it is', () => {
    const { state } = claim(emptyInbox(), [row(1, 'a')]);
    expect(settleAnywhere(state, place(1)).leases).toEqual([]);
    expect(settleAnywhere(state, place(9))).toBe(state);
  });

  it('moves the end of one lease only', () => {
    const first = claim(emptyInbox(), [row(1, 'a'), row(2, 'b')], { max: 1 });
    const second = claim(first.state, [row(2, 'b')], { token: 't2' });
    expect(extend(second.state, 't2', 9_000).leases.map((lease) => lease.expiresAt)).toEqual([1_000, 9_000]);
  });
});

describe('whatever consumers do', () => {
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('claim' as const),
      consumer: fc.constantFrom('one', 'two', 'three'),
      max: fc.integer({ min: 1, max: 5 }),
    }),
    fc.record({ kind: fc.constant('ack' as const), lease: fc.nat(4), upTo: fc.nat(4) }),
    fc.record({ kind: fc.constant('nack' as const), lease: fc.nat(4), at: fc.nat(4) }),
  );

  it('every key is delivered in order, nothing is lost, nothing settled comes again', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 20 }), fc.array(step, { maxLength: 60 }), (keys, steps) => {
        const rows = keys.map((key, index) => row(index + 1, key));
        const settled = new Set<Position>();
        let state = emptyInbox();
        let tokens = 0;
        const take = (consumer: string, max: number): void => {
          tokens += 1;
          const result = claim(state, rows, { token: `t${tokens}`, consumer, max });
          state = result.state;
          for (const { candidate } of result.granted) {
            expect(settled.has(candidate.position)).toBe(false);
            // Whatever of its key lies before it is settled, or in the same consumer's hands.
            const mine = state.leases
              .filter((lease) => lease.consumer === consumer)
              .flatMap(placesOf)
              .map((each) => each.position);
            const earlier = rows.filter((each) => each.key === candidate.key && Number(each.position) < Number(candidate.position));
            for (const each of earlier) expect(settled.has(each.position) || mine.includes(each.position)).toBe(true);
          }
        };
        const ack = (token: string, places: { source: string; position: Position }[]): void => {
          state = settle(state, token, places);
          for (const each of places) settled.add(each.position);
        };
        for (const each of steps) {
          const lease = 'lease' in each ? state.leases[each.lease] : undefined;
          if (each.kind === 'claim') take(each.consumer, each.max);
          else if (lease !== undefined && each.kind === 'ack') ack(lease.token, placesOf(lease).slice(0, each.upTo));
          else if (lease !== undefined && each.kind === 'nack')
            state = giveBack(state, lease.token, placesOf(lease).slice(each.at, each.at + 1), 1_000, () => 0).state;
        }
        for (let round = 0; round < 100 && settled.size < rows.length; round += 1) {
          for (const lease of state.leases) ack(lease.token, placesOf(lease));
          take('last', 7);
        }
        expect(settled.size).toBe(rows.length);
        expect(state.leases.length === 0 ? state.held : []).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
