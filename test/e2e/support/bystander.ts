import { twinPath } from './refusals.js';
import type { RunningBroker } from './running-broker.js';

const RESOURCES = ['/inbox/settings', '/inbox/observers', '/inbox/delivery', '/inbox/delivery/keys', '/inbox/delivery/credentials', '/subscriptions', '/inbox?limit=1000']; // prettier-ignore

/** All that may be said about the inbox of a twin, and what waits in it, as text: what must be the same before and after a refusal. */
export async function inboxOf(broker: RunningBroker, twin: string, token: string): Promise<string> {
  const answers = await Promise.all(RESOURCES.map((path) => broker.api('GET', twinPath(twin, path), undefined, token)));
  expect(answers.map(({ status }) => status)).toEqual(RESOURCES.map(() => 200));
  // Of an endpoint the broker itself moves the state.
  const bodies = answers.map(({ body }) => body as Record<string, unknown>);
  return JSON.stringify(bodies.map(({ state: _state, reason: _reason, retryAt: _retry, changedAt: _changed, ...rest }) => rest));
}
