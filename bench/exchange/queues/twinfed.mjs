// The broker in this process, through its own services: token, sender, policy, schema, idempotency and log on the way in; lease, gate and ack on the way out.
import { randomUUID } from 'node:crypto';
import { connectPairs } from '../broker/network.mjs';
import { organizationToken, startBroker } from '../broker/running-broker.mjs';
import { endToEnd, paced, single } from '../load/loads.mjs';
import { messageWriter } from '../load/payload.mjs';

const SENDER = 'urn:bench:sender';
const RECEIVER = 'urn:bench:receiver';
/** Nobody reads this one. */
const SHELF = 'urn:bench:shelf';
const CONSUMERS = 2;
const CLAIM = { consumer: 'bench', max: 1_000, waitMs: 1_000, leaseMs: 30_000 };

export async function open(options) {
  const broker = await startBroker(options);
  const token = await organizationToken(broker.url);
  await connectPairs(broker.url, token, 'queues', [
    [SENDER, RECEIVER],
    [SENDER, SHELF],
  ]);
  const verifier = await broker.get('security/token-verifier.js', 'TokenVerifier');
  const acceptance = await broker.get('exchange/message/acceptance.service.js', 'AcceptanceService');
  const claims = await broker.get('exchange/inbox/claim.service.js', 'ClaimService');
  const inbox = await broker.get('exchange/inbox/inbox.service.js', 'InboxService');

  const queue = (receiver) => {
    const run = randomUUID();
    const write = messageWriter(SENDER, receiver);
    const numberFrom = run.length + 1;
    const send = async (n) => acceptance.accept(await verifier.verify(token), write(`${run}-${n}`, n));
    const consume = async (handled, acked) => {
      const ending = new AbortController();
      const consuming = Array.from({ length: CONSUMERS }, async () => {
        while (!ending.signal.aborted) {
          const claim = await claims.claim(receiver, { ...CLAIM, claimId: randomUUID() }, ending.signal);
          if (claim.token === undefined) continue;
          for (const { candidate } of claim.deliveries) handled(Number(candidate.messageId.slice(numberFrom)));
          acked(await inbox.ack(receiver, { leaseToken: claim.token }));
        }
      });
      return async () => {
        ending.abort();
        await Promise.all(consuming);
      };
    };
    return { send, consume };
  };
  return {
    endToEnd: (terms) => endToEnd(queue(RECEIVER), terms),
    paced: (terms) => paced(queue(RECEIVER), terms),
    single: (terms) => single(queue(SHELF), terms),
    close: () => broker.stop(),
  };
}
