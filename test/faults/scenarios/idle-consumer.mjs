import { setTimeout as delay } from 'node:timers/promises';
import { call, twinPath } from '../load/client.mjs';
import { echoRequest, flowMessage, World } from '../load/world.mjs';

/** A consumer that claims and never settles: each message is tried so often, then it is a dead letter; its REQUEST is answered; others are not held up. */
export async function idleConsumer({ machine, options, tell }) {
  const [broker] = machine.brokers;
  const world = await World.create(broker.url, `idle-${options.seed}`, 2);
  const { token } = world;
  const found = [];
  const now = new Date().toISOString();
  const send = async (message) => {
    const answer = await call(broker.url, 'POST', '/v1/messages', { token, body: message });
    if (answer.status !== 202) found.push(`a message was refused: ${answer.status} ${JSON.stringify(answer.body)}`);
  };
  await send(flowMessage(world, world.senders[0], 0, now));
  await send(echoRequest(world, 'q-0', now, 600_000));
  const claims = { receiver: 0, responder: 0 };
  for (const role of ['receiver', 'responder']) {
    // One-second leases, never settled, until there is nothing left to claim.
    for (let idle = 0; idle < 3 && claims[role] < 40;) {
      const claim = await call(broker.url, 'POST', `${twinPath(world[role])}/inbox/claims`, {
        token,
        body: { max: 1, waitSeconds: 2, leaseSeconds: 1 },
      });
      if (claim.body?.leaseToken === undefined) idle += 1;
      else {
        const [delivery] = claim.body.deliveries;
        claims[role] += 1;
        if (delivery.attempt !== claims[role]) found.push(`attempt ${claims[role]} of the ${role} says ${delivery.attempt}`);
        if ((delivery.redelivered === true) !== claims[role] > 1)
          found.push(`attempt ${claims[role]} of the ${role} says redelivered ${delivery.redelivered}`);
        await delay(1_050);
      }
    }
    const letters = await call(broker.url, 'GET', `${twinPath(world[role])}/inbox/dead-letters`, { token });
    if (letters.body?.items?.length !== 1) found.push(`the ${role} has ${letters.body?.items?.length} dead letters`);
  }
  // The other key went on while the first was parked.
  await send(flowMessage(world, world.senders[1], 0, now));
  const other = await call(broker.url, 'POST', `${twinPath(world.receiver)}/inbox/claims`, { token, body: { max: 1, waitSeconds: 2 } });
  if (other.body?.deliveries?.[0]?.message.header.sender.id !== world.senders[1]) found.push('another sender was held up');
  const answer = await call(broker.url, 'POST', `${twinPath(world.requester)}/inbox/claims`, { token, body: { max: 1, waitSeconds: 2 } });
  const code = answer.body?.deliveries?.[0]?.message.data.status?.code;
  if (code !== 'PEER_UNREACHABLE') found.push(`the REQUEST that died was answered ${code}`);
  tell(`claimed ${claims.receiver} and ${claims.responder} times before the messages were dead letters`);
  return found;
}
