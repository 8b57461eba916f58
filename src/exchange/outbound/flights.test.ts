import type { SendOutcome } from '../../adaptor/protocol/outbound-protocol.js';
import type { TwinId } from '../../kernel/ids.js';
import type { ClaimResult } from '../inbox/claim.service.js';
import type { SourcedRow } from '../inbox/delivery.js';
import type { Granted } from '../inbox/claim.js';
import type { Place } from '../inbox/settling.js';
import { type Destination, Flights } from './flights.js';
import type { Settlement, Settler } from './settler.js';

const ENVELOPE = JSON.stringify({ header: {}, data: { action: 'PROVIDE', object: { type: 'data' } } });
const LEASED_UNTIL = new Date(1_000_000);

function granted(position: number, key: string): Granted<SourcedRow> {
  const row = { source: '1', key, position: String(position), messageId: `m${position}`, envelope: ENVELOPE, payload: '{}', traits: 0 };
  const dates = { acceptedAt: new Date(0), expiresAt: LEASED_UNTIL };
  return { candidate: { ...row, ...dates } as unknown as SourcedRow, attempt: 1, redelivered: false };
}

const claimed = (token: string, ...deliveries: Granted<SourcedRow>[]): ClaimResult => ({
  claimId: token,
  token,
  expiresAt: LEASED_UNTIL,
  deliveries,
});

/** A far end whose answers the test gives, and an inbox whose leases it decides. */
class Harness implements Destination {
  readonly receiver = 'urn:test:receiver' as TwinId;
  readonly fence = 1;
  maxInFlight = 10;
  readonly isOpen = true;
  readonly period = 0;
  readonly sent: string[] = [];
  readonly settlements: Settlement[] = [];
  isWritten = true;
  inDoubt = 0;
  private readonly answers = new Map<string, (outcome: SendOutcome) => void>();
  private readonly wentBack = new Set<string>();
  readonly flights: Flights;

  constructor() {
    const settler = {
      add: (settlement: Settlement) => {
        this.settlements.push(settlement);
        return Promise.resolve(this.isWritten);
      },
    };
    this.flights = new Flights(this, settler as unknown as Settler);
  }

  now(): number {
    return 0;
  }

  send(row: SourcedRow): Promise<SendOutcome> {
    this.sent.push(row.messageId);
    return new Promise((resolve) => this.answers.set(row.messageId, resolve));
  }

  landed(): number {
    return 0;
  }

  isLeased(token: string, { position }: Place): Promise<boolean> {
    return Promise.resolve(!this.wentBack.has(`${token} ${position}`));
  }

  settled(): void {
    // Nobody claims here.
  }

  unsettled(): void {
    this.inDoubt += 1;
  }

  takeBack(token: string, ...positions: number[]): void {
    for (const position of positions) this.wentBack.add(`${token} ${position}`);
  }

  async answer(messageId: string, outcome: SendOutcome): Promise<void> {
    this.answers.get(messageId)?.(outcome);
    await settledDown();
  }
}

async function settledDown(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

const ACCEPTED: SendOutcome = { kind: 'accepted' };
const FAILED: SendOutcome = { kind: 'retry', fault: 'endpoint', reason: 'down' };

describe('Flights', () => {
  it('send the messages of a key one after the other, also those of a later claim, and other keys beside them', async () => {
    const harness = new Harness();
    harness.flights.take(claimed('one', granted(1, 'a'), granted(2, 'b')));
    harness.flights.take(claimed('two', granted(3, 'a'), granted(4, 'c')));
    await settledDown();
    expect(harness.sent).toEqual(['m1', 'm2', 'm4']);
    expect(harness.flights.ofKey('1', 'a')).toBe(2);
    await harness.answer('m1', ACCEPTED);
    expect(harness.sent).toEqual(['m1', 'm2', 'm4', 'm3']);
    for (const id of ['m2', 'm3', 'm4']) await harness.answer(id, ACCEPTED);
    expect(harness.settlements.map(({ kind, token }) => `${kind} ${token}`).toSorted()).toEqual([
      'done one',
      'done one',
      'done two',
      'done two',
    ]);
    expect(harness.flights.size).toBe(0);
    expect(harness.flights.ofKey('1', 'a')).toBe(0);
  });

  it('do not send what went back with a failed message of its key, and send it when it is claimed again', async () => {
    const harness = new Harness();
    harness.flights.take(claimed('one', granted(1, 'a'), granted(2, 'a')));
    harness.flights.take(claimed('two', granted(3, 'a')));
    await settledDown();
    harness.takeBack('one', 1, 2);
    harness.takeBack('two', 3);
    harness.flights.take(claimed('three', granted(1, 'a')));
    await harness.answer('m1', FAILED);
    expect(harness.settlements.map(({ kind }) => kind)).toEqual(['failed']);
    expect(harness.sent).toEqual(['m1', 'm1']);
    await harness.answer('m1', ACCEPTED);
    expect(harness.flights.size).toBe(0);
  });

  it('send on what stayed in its lease after a failed message of its key, which has become a dead letter', async () => {
    const harness = new Harness();
    harness.flights.take(claimed('one', granted(1, 'a'), granted(2, 'a')));
    await settledDown();
    await harness.answer('m1', FAILED);
    expect(harness.sent).toEqual(['m1', 'm2']);
  });

  it('say so when what came of a delivery could not be written', async () => {
    const harness = new Harness();
    harness.isWritten = false;
    harness.flights.take(claimed('one', granted(1, 'a')));
    await settledDown();
    await harness.answer('m1', ACCEPTED);
    expect(harness.inDoubt).toBe(1);
    expect(harness.flights.size).toBe(0);
  });

  it('have no more on their way than may be', async () => {
    const harness = new Harness();
    harness.maxInFlight = 2;
    harness.flights.take(claimed('one', granted(1, 'a'), granted(2, 'b'), granted(3, 'c')));
    await settledDown();
    expect(harness.sent).toEqual(['m1', 'm2']);
    await harness.answer('m2', ACCEPTED);
    expect(harness.sent).toEqual(['m1', 'm2', 'm3']);
  });
});
