import type { EndpointKey } from '../../src/adaptor/protocol/endpoint-key.js';
import type { OutboundDelivery, OutboundProtocol, OutboundSession } from '../../src/adaptor/protocol/outbound-protocol.js';
import { protocolNameOf } from './contract-name.js';

const VALUE = '{"n":12345678901234567890.10}';

/** What the far end does with what comes. */
export type FarBehaviour = 'accept' | 'refuse-message' | 'fail' | 'ask-to-wait' | 'gone' | 'stay-silent' | 'break-off' | 'answer';

/** The far end of an implementation under test. */
export interface FarEnd {
  readonly protocol: OutboundProtocol;
  /** Settings of an endpoint that behaves so; `agrees` whether it consents to deliveries. */
  settings(behaviour: FarBehaviour, options?: { agrees?: boolean; timeoutMs?: number }): Promise<Record<string, unknown>>;
  /** Settings of an endpoint that cannot be reached. */
  unreachable(): Promise<Record<string, unknown>>;
  /** Settings that are none. */
  readonly invalid: readonly unknown[];
  /** The message that carries a value, where the wire does not take every one; see {@link messageOf}. */
  message?(value: string): string;
  /** Resolves when so many messages have been received, where that may be later than their acknowledgement. */
  arrived?(count: number): Promise<void>;
  /** Message texts received, in the order of arrival: of a wire that takes payloads alone, with what stood around them. */
  received(): readonly string[];
  close(): Promise<void>;
}

/** A message whose payload is a value, given as JSON text. */
export function messageOf(value: string): string {
  return `{"header":{},"data":{"payload":${value}}}`;
}

/** A delivery with a text whose numbers no double holds. */
export function aDelivery(overrides: Partial<OutboundDelivery> = {}): OutboundDelivery {
  return {
    deliveryId: 'MSA3',
    messageId: 'message-1',
    sender: 'urn:test:fire',
    receiver: 'urn:test:traffic',
    action: 'PROVIDE',
    subject: 'flow',
    acceptedAt: '2026-01-01T12:00:00.000Z',
    expiresAt: '2026-01-02T12:00:00.000Z',
    attempt: 1,
    redelivered: false,
    replayed: false,
    leasedUntil: '2026-01-01T12:00:30.000Z',
    fence: 1,
    text: messageOf(VALUE),
    ...overrides,
  };
}

/** What is different with a protocol: what its far ends have no way to say. */
export interface ContractTerms {
  readonly cannot?: readonly FarBehaviour[];
}

/** What every outbound protocol promises. */
export function outboundProtocolContract(name: string, start: () => Promise<FarEnd>, { cannot = [] }: ContractTerms = {}): void {
  const can = (behaviour: FarBehaviour): boolean => !cannot.includes(behaviour);

  describe(`the outbound protocol ${name}`, () => {
    let far: FarEnd;
    const sessions: OutboundSession[] = [];
    beforeEach(async () => {
      far = await start();
    });
    afterEach(async () => {
      for (const session of sessions.splice(0)) await session.close();
      await far.close();
    });

    function open(settings: unknown, keys: readonly EndpointKey[] = []): OutboundSession {
      const session = far.protocol.open({ settings: far.protocol.read(settings), keys });
      sessions.push(session);
      return session;
    }

    const deliveryOf = (value: string): OutboundDelivery => aDelivery({ text: (far.message ?? messageOf)(value) });

    it('is of the protocol that it is named after', () => {
      expect(far.protocol.name).toBe(protocolNameOf(name));
    });

    it('reads what it has read again, to the same', async () => {
      const once = far.protocol.read(await far.settings('accept'));
      expect(far.protocol.read(JSON.parse(JSON.stringify(once)))).toEqual(once);
      const { maxInFlight, timeoutMs } = far.protocol.limits(once);
      expect(maxInFlight).toBeGreaterThan(0);
      expect(timeoutMs).toBeGreaterThan(0);
    });

    it('refuses settings that are none, with pointers', () => {
      for (const settings of far.invalid) {
        expect(() => far.protocol.read(settings)).toThrow(expect.objectContaining({ code: 'validation-failed' }) as Error);
      }
    });

    it('asks the endpoint whether it agrees', async () => {
      expect(await open(await far.settings('accept', { agrees: true })).verify()).toEqual({ kind: 'agreed' });
      const refused = await open(await far.settings('accept', { agrees: false })).verify();
      expect(refused).toEqual({ kind: 'refused', reason: expect.any(String) as string });
      expect((await open(await far.unreachable()).verify()).kind).toBe('refused');
      expect(far.received()).toEqual([]);
    });

    it('hands the text on untouched, as often as it is told to', async () => {
      const session = open(await far.settings('accept'));
      const delivery = deliveryOf(VALUE);
      expect(await session.send(delivery)).toEqual({ kind: 'accepted' });
      expect(await session.send({ ...delivery, attempt: 2, redelivered: true })).toEqual({ kind: 'accepted' });
      await far.arrived?.(2);
      expect(far.received()).toEqual([delivery.text, delivery.text]);
    });

    it('sends several at once', async () => {
      const session = open(await far.settings('accept'));
      const deliveries = Array.from({ length: 5 }, (_, n) => ({ ...deliveryOf(`{"n":${n}}`), deliveryId: `id${n}` }));
      const texts = deliveries.map(({ text }) => text);
      const outcomes = await Promise.all(deliveries.map((delivery) => session.send(delivery)));
      expect(outcomes.map(({ kind }) => kind)).toEqual(texts.map(() => 'accepted'));
      await far.arrived?.(texts.length);
      expect([...far.received()].toSorted()).toEqual(texts);
    });

    const outcomes = [
      ['refuse-message', { kind: 'retry', fault: 'message' }],
      ['fail', { kind: 'retry', fault: 'endpoint' }],
      ['break-off', { kind: 'retry', fault: 'endpoint' }],
      ['ask-to-wait', { kind: 'retry', fault: 'not-taken', afterMs: 7_000 }],
      ['gone', { kind: 'gone' }],
    ] as const;
    it.each(outcomes.filter(([behaviour]) => can(behaviour)))('tells what came of it: %s', async (behaviour, outcome) => {
      expect(await open(await far.settings(behaviour)).send(deliveryOf(VALUE))).toMatchObject(outcome);
    });

    it('does not wait longer than the timeout', async () => {
      const session = open(await far.settings('stay-silent', { timeoutMs: 150 }));
      expect(await session.send(deliveryOf(VALUE))).toMatchObject({ kind: 'retry', fault: 'endpoint' });
    });

    it('gives up when told to', async () => {
      const session = open(await far.settings('stay-silent', { timeoutMs: 20_000 }));
      const giveUp = new AbortController();
      const outcome = session.send(deliveryOf(VALUE), giveUp.signal);
      setImmediate(() => giveUp.abort());
      expect((await outcome).kind).toBe('retry');
    });

    it('says that what cannot be reached has taken nothing', async () => {
      expect(await open(await far.unreachable()).send(deliveryOf(VALUE))).toMatchObject({ kind: 'retry', fault: 'not-taken' });
    });

    if (can('answer')) {
      it('gives back what the endpoint answered', async () => {
        expect(await open(await far.settings('answer')).send(deliveryOf(VALUE))).toEqual({ kind: 'accepted', answer: '{"answer":1.50}' });
      });
    }

    it('sends nothing any more once it is closed', async () => {
      const session = open(await far.settings('accept'));
      await session.close();
      expect((await session.send(deliveryOf(VALUE))).kind).toBe('retry');
      expect(far.received()).toEqual([]);
    });
  });
}
