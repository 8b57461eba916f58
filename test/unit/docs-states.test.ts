import { readFileSync } from 'node:fs';
import { REPLAY_TABLE } from '../../src/exchange/replay/replay-job.js';
import { INBOX_MODE_TABLE } from '../../src/exchange/control/inbox-mode.js';
import { FEED_TABLE } from '../../src/exchange/binding/feed-state.js';
import { ENDPOINT_TABLE } from '../../src/exchange/outbound/endpoint-state.js';
import { CONNECTION_TABLE } from '../../src/federation/connection-state.js';
import { FEDERATION_TABLE } from '../../src/federation/federation-state.js';
import { MEMBER_TABLE } from '../../src/federation/member-state.js';
import { REGISTRATION_MOVES, REGISTRATION_STATUSES, targetsOf } from '../../src/registry/registration-status.js';

const text = readFileSync(new URL('../../docs/states.md', import.meta.url), 'utf8');

/** `FROM event TO` for every arrow of the diagram under a heading, apart from beginnings and ends. */
function drawn(heading: string): string[] {
  const section = text.slice(text.indexOf(`\n## ${heading}\n`));
  const diagram = /```mermaid\n(.*?)```/s.exec(section)?.[1] ?? '';
  return [...diagram.matchAll(/^ {2}(\w+) --> (\w+) : (\S+)$/gm)].map(([, from, to, event]) => `${from} ${event} ${to}`).toSorted();
}

/** The same of a transition table. */
function inTable(table: Readonly<Record<string, Readonly<Partial<Record<string, string>>>>>): string[] {
  return Object.entries(table)
    .flatMap(([from, events]) => Object.entries(events).map(([event, to]) => `${from} ${event} ${to}`))
    .toSorted();
}

describe('docs/states.md', () => {
  it('draws the registration as it moves', () => {
    const moves = REGISTRATION_STATUSES.flatMap((from) =>
      REGISTRATION_MOVES.flatMap((move) => targetsOf(from, move).map((to) => `${from} ${move} ${to}`)),
    );
    expect(drawn('Registration')).toEqual(moves.toSorted());
  });

  it.each([
    ['Federation', FEDERATION_TABLE],
    ['Member', MEMBER_TABLE],
    ['Connection', CONNECTION_TABLE],
    ['Replay', REPLAY_TABLE],
    ['Inbox', INBOX_MODE_TABLE],
    ['Endpoint', ENDPOINT_TABLE],
    ['Feed', FEED_TABLE],
  ])('draws the %s as its table says', (heading, table) => {
    expect(drawn(heading)).toEqual(inTable(table));
  });

  it('ends where nothing more can happen', () => {
    const ends = [...text.matchAll(/^ {2}(\w+) --> \[\*\]$/gm)].map(([, state]) => state);
    const tables: readonly Readonly<Record<string, object>>[] = [FEDERATION_TABLE, CONNECTION_TABLE, REPLAY_TABLE];
    const last = tables.flatMap((table) =>
      Object.entries(table).flatMap(([state, events]) => (Object.keys(events).length === 0 ? [state] : [])),
    );
    expect(ends).toEqual(last);
  });
});
