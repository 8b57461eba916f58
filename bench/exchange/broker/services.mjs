import { randomUUID } from 'node:crypto';
import { messageWriter } from '../load/payload.mjs';

/** The broker's own services, as those measurements use them that leave HTTP out. */
export async function servicesOf(broker, token) {
  const verifier = await broker.get('security/token-verifier.js', 'TokenVerifier');
  const acceptance = await broker.get('exchange/message/acceptance.service.js', 'AcceptanceService');
  const claims = await broker.get('exchange/inbox/claim.service.js', 'ClaimService');
  const inbox = await broker.get('exchange/inbox/inbox.service.js', 'InboxService');
  const writer = await broker.get('exchange/log/log-writer.js', 'LogWriter');
  /** One message as JSON text: its caller's token is looked at each time. */
  const accept = async (text) => acceptance.accept(await verifier.verify(token), text);
  return { accept, claims, inbox, writer };
}

/**
 * Claims and settles in a loop until the function it gives is called. Every claim's deliveries are told before, and after they are settled. The next claim
 * is asked for in the same turn as a settlement, so that both are stored together.
 */
export function consumeInbox({ claims, inbox }, receiver, { max, consumers, claimed, settled = () => undefined }) {
  const ending = new AbortController();
  const request = { consumer: 'bench', max, waitMs: 1_000, leaseMs: 30_000 };
  const consuming = Array.from({ length: consumers }, async () => {
    let settling;
    while (!ending.signal.aborted) {
      const claim = await claims.claim(receiver, { ...request, claimId: randomUUID() }, ending.signal);
      if (claim.token === undefined) continue;
      claimed(claim.deliveries);
      await settling;
      settling = inbox.ack(receiver, { leaseToken: claim.token }).then(() => settled(claim.deliveries));
    }
    await settling;
  });
  return async () => {
    ending.abort();
    await Promise.all(consuming);
  };
}

/**
 * The broker as a queue between two twins: what `load/loads.mjs` measures.
 * @param {{ lane?: string, max?: number, consumers?: number }} [terms]
 */
export function queueBetween(services, sender, receiver, { lane, max = 1_000, consumers = 1 } = {}) {
  const run = randomUUID();
  const write = messageWriter(sender, receiver, { lane });
  const numberFrom = run.length + 1;
  const isOurs = ({ candidate }) => candidate.messageId.startsWith(run);
  return {
    send: (n) => services.accept(write(`${run}-${n}`, n)),
    consume: async (handled, acked) =>
      consumeInbox(services, receiver, {
        max,
        consumers,
        claimed: (deliveries) => {
          for (const each of deliveries) if (isOurs(each)) handled(Number(each.candidate.messageId.slice(numberFrom)));
        },
        settled: (deliveries) => acked(deliveries.filter(isOurs).length),
      }),
  };
}
