import type { FastifyReply } from 'fastify';

/** A signal that is given when the caller hangs up before its answer is written. */
export function hangUpSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  // Who is gone already, while the token was checked, says so no more.
  if (reply.raw.destroyed) controller.abort();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
