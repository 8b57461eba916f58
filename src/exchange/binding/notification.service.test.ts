import type { InboundDocument, SinkOutcome } from '../../adaptor/protocol/message-sink.js';
import { EntityNotifications } from '../../adaptor/protocol/ngsi-ld/entity-notification.js';
import type { InboundProtocols } from '../../adaptor/protocol/wire-protocols.js';
import type { TwinDirectory } from '../../registry/twin-directory.js';
import type { BindingMetrics } from './binding-metrics.js';
import type { BindingRepository } from './binding.repository.js';
import type { InboundSink } from './inbound-sink.js';
import type { NotificationAddresses } from './notification-addresses.js';
import type { NotificationCounts } from './notification-counts.js';
import { ROOM_OF_ADDRESS } from './notification-room.js';
import { NotificationService } from './notification.service.js';

const TAKEN: SinkOutcome = { kind: 'taken', messageId: 'm', repeated: false };
const LATER: SinkOutcome = { kind: 'later', afterMs: 0 };
const FAILED: SinkOutcome = { kind: 'refused', code: 'internal', reason: 'it failed' };

type Take = (n: number, twin: string, placed: () => void) => SinkOutcome | Promise<SinkOutcome>;

/** A service whose addresses are named like their twins, and whose sink does this with the number of an entity. */
function aService(take: Take): { service: NotificationService; tried: number[] } {
  const tried: number[] = [];
  const nothing = (): void => undefined;
  const sink = {
    take: async ({ document, twin }: InboundDocument, placed: () => void) => {
      const { n } = JSON.parse((document as Buffer).toString()) as { n: number };
      tried.push(n);
      return take(n, twin, placed);
    },
  };
  const service = new NotificationService(
    { find: (id: string) => Promise.resolve({ id, twin: id, binding: 'b', secret: 's' }) } as unknown as NotificationAddresses,
    {
      find: (twin: string) =>
        Promise.resolve({ twin, name: 'b', enabled: true, organization: 'o', protocol: 'p', settings: { by: 'subscribe' } }),
    } as unknown as BindingRepository,
    { find: () => ({ notifications: new EntityNotifications() }) } as unknown as InboundProtocols,
    { find: () => Promise.resolve({ owner: 'o' }) } as unknown as TwinDirectory,
    sink as unknown as InboundSink,
    { came: nothing, postponed: nothing, ended: nothing } as unknown as NotificationCounts,
    { latency: { observe: nothing }, documents: { inc: nothing } } as unknown as BindingMetrics,
  );
  return { service, tried };
}

const notification = (...entities: [id: string, n: number][]): string =>
  JSON.stringify({ id: 'urn:n', data: entities.map(([id, n]) => ({ id: `urn:${id}`, type: 'T', n })) });
const again = { code: 'rate-limited', retryAfterSeconds: expect.any(Number) as number };

describe('notifications', () => {
  it('of one address are refused for now when too many are under way, while other addresses are taken', async () => {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const { service, tried } = aService(async (_, twin) => {
      if (twin === 'flood') await opened;
      return TAKEN;
    });
    const flood = Array.from({ length: ROOM_OF_ADDRESS.notifications }, (_, n) => service.take('flood', 's', notification([`e${n}`, n])));
    await expect(service.take('flood', 's', notification(['e', 1_000]))).rejects.toMatchObject(again);
    await service.take('other', 's', notification(['e', 2_000]));
    expect(tried).toContain(2_000);
    expect(tried).not.toContain(1_000);
    open();
    await Promise.all(flood);
    await service.take('flood', 's', notification(['e', 3_000]));
    expect(tried).toContain(3_000);
  });

  it('of one address are bounded in their size together; one alone is always let in', async () => {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const { service } = aService(() => opened.then(() => TAKEN));
    const large = JSON.stringify({ data: [{ id: 'urn:a', type: 'T', n: 1, text: 'x'.repeat(ROOM_OF_ADDRESS.text) }] });
    const first = service.take('a', 's', large);
    await expect(service.take('a', 's', notification(['e', 1]))).rejects.toMatchObject(again);
    open();
    await first;
    await service.take('a', 's', notification(['e', 1]));
  });

  it('leave their room also when they are none', async () => {
    const { service } = aService(() => TAKEN);
    for (let n = 0; n <= ROOM_OF_ADDRESS.notifications; n += 1)
      await expect(service.take('a', 's', '{')).rejects.toMatchObject({ code: 'malformed' });
    await service.take('a', 's', notification(['e', 1]));
  });

  it('that bring an entity twice have the second taken after the first, also when that takes several attempts', async () => {
    let left = 3;
    const durable: number[] = [];
    const { service } = aService((n, _, placed) => {
      // Its place is sure before its commit fails.
      placed();
      if (n === 1 && (left -= 1) > 0) return LATER;
      durable.push(n);
      return TAKEN;
    });
    await Promise.all([
      service.take('a', 's', notification(['e', 1], ['other', 9], ['e', 2])),
      service.take('a', 's', notification(['e', 3])),
    ]);
    expect(durable.filter((n) => n !== 9)).toEqual([1, 2, 3]);
    expect(durable).toContain(9);
  });

  it('that bring an entity twice have the second left for the next time when the first could not be taken', async () => {
    let isBroken = true;
    const durable: number[] = [];
    const { service, tried } = aService((n) => {
      if (n === 1 && isBroken) return FAILED;
      durable.push(n);
      return TAKEN;
    });
    const twice = notification(['e', 1], ['other', 9], ['e', 2]);
    await expect(service.take('a', 's', twice)).rejects.toMatchObject(again);
    expect(tried.toSorted()).toEqual([1, 9]);
    isBroken = false;
    await service.take('a', 's', twice);
    expect(durable.filter((n) => n !== 9)).toEqual([1, 2]);
  });

  it('that bring an entity twice have the second taken when the first is refused for good', async () => {
    const { service, tried } = aService((n) => (n === 1 ? { kind: 'refused', code: 'payload-invalid', reason: 'no' } : TAKEN));
    await service.take('a', 's', notification(['e', 1], ['e', 2]));
    expect(tried).toEqual([1, 2]);
  });
});
