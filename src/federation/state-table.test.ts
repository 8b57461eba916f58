import { DomainError } from '../problems/domain-error.js';
import { CONNECTION_EVENTS, CONNECTION_STATES, CONNECTION_TABLE, followTo, isEstablished, isOpenConnection } from './connection-state.js';
import {
  FEDERATION_EVENTS,
  FEDERATION_STATES,
  FEDERATION_TABLE,
  type FederationFacts,
  followFacts,
  isOpenFederation,
  isWorkingFederation,
} from './federation-state.js';
import { isInvolved, MEMBER_EVENTS, MEMBER_STATES, MEMBER_TABLE, nextMemberState } from './member-state.js';
import { nextState, type StateTable } from './state-table.js';

/** Every pair of state and event with what follows it, or `refused` with the events named. */
function outcomes<S extends string, E extends string>(table: StateTable<S, E>, states: readonly S[], events: readonly E[]): string[] {
  return states.flatMap((state) =>
    events.flatMap((event) => {
      try {
        return [`${state} ${event} ${nextState(table, 'It', state, event)}`];
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        expect(error.code).toBe('state-conflict');
        expect(error.extensions).toEqual({ from: state, event, allowed: Object.keys(table[state]) });
        return [];
      }
    }),
  );
}

describe('the table of federations', () => {
  it('allows exactly these transitions and refuses all others by name', () => {
    expect(outcomes(FEDERATION_TABLE, FEDERATION_STATES, FEDERATION_EVENTS)).toEqual([
      'DRAFT form FORMING',
      'DRAFT dissolve DISSOLVING',
      'FORMING activate ACTIVE',
      'FORMING dissolve DISSOLVING',
      'ACTIVE degrade DEGRADED',
      'ACTIVE suspend SUSPENDED',
      'ACTIVE dissolve DISSOLVING',
      'DEGRADED activate ACTIVE',
      'DEGRADED suspend SUSPENDED',
      'DEGRADED dissolve DISSOLVING',
      'SUSPENDED resume ACTIVE',
      'SUSPENDED resume-degraded DEGRADED',
      'SUSPENDED dissolve DISSOLVING',
      'DISSOLVING finish DISSOLVED',
    ]);
  });

  it('is open until it dissolves, and works while ACTIVE or DEGRADED', () => {
    expect(FEDERATION_STATES.filter(isOpenFederation)).toEqual(['DRAFT', 'FORMING', 'ACTIVE', 'DEGRADED', 'SUSPENDED']);
    expect(FEDERATION_STATES.filter(isWorkingFederation)).toEqual(['ACTIVE', 'DEGRADED']);
  });
});

describe('followFacts', () => {
  const alone: FederationFacts = { joined: 1, involved: 1, allWell: true };
  const asked: FederationFacts = { joined: 1, involved: 2, allWell: true };
  const two: FederationFacts = { joined: 2, involved: 2, allWell: true };
  const ailing: FederationFacts = { joined: 2, involved: 2, allWell: false };

  it.each([
    ['DRAFT', alone, []],
    ['DRAFT', asked, ['FORMING']],
    ['DRAFT', two, ['FORMING', 'ACTIVE']],
    ['DRAFT', ailing, ['FORMING', 'ACTIVE', 'DEGRADED']],
    ['FORMING', alone, []],
    ['FORMING', two, ['ACTIVE']],
    ['FORMING', ailing, ['ACTIVE', 'DEGRADED']],
    ['ACTIVE', two, []],
    ['ACTIVE', alone, ['DEGRADED']],
    ['ACTIVE', asked, ['DEGRADED']],
    ['ACTIVE', ailing, ['DEGRADED']],
    ['DEGRADED', two, ['ACTIVE']],
    ['DEGRADED', ailing, []],
    ['SUSPENDED', ailing, []],
    ['SUSPENDED', two, []],
    ['DISSOLVING', alone, []],
    ['DISSOLVED', alone, []],
  ] as const)('takes %s with %j through %j', (state, facts, passed) => {
    expect(followFacts('urn:f', state, facts)).toEqual(passed);
  });

  it('finds nothing to do where it has been', () => {
    for (const state of FEDERATION_STATES) {
      for (const facts of [alone, asked, two, ailing]) {
        const settled = followFacts('urn:f', state, facts).at(-1) ?? state;
        expect(followFacts('urn:f', settled, facts)).toEqual([]);
      }
    }
  });
});

describe('the table of members', () => {
  it('allows exactly these transitions and refuses all others by name', () => {
    expect(outcomes(MEMBER_TABLE, ['NONE', ...MEMBER_STATES], MEMBER_EVENTS)).toEqual([
      'NONE found JOINED',
      'NONE invite INVITED',
      'NONE request REQUESTED',
      'INVITED join JOINED',
      'INVITED decline DECLINED',
      'INVITED remove REMOVED',
      'INVITED deregister LEFT',
      'REQUESTED invite JOINED',
      'REQUESTED admit JOINED',
      'REQUESTED refuse DECLINED',
      'REQUESTED withdraw LEFT',
      'REQUESTED deregister LEFT',
      'JOINED leave LEFT',
      'JOINED remove REMOVED',
      'JOINED deregister LEFT',
      'LEFT found JOINED',
      'LEFT invite INVITED',
      'LEFT request REQUESTED',
      'DECLINED found JOINED',
      'DECLINED invite INVITED',
      'DECLINED request REQUESTED',
      'REMOVED found JOINED',
      'REMOVED invite INVITED',
      'REMOVED request REQUESTED',
    ]);
  });

  it('involves those who are in, asked or asking', () => {
    expect(MEMBER_STATES.filter(isInvolved)).toEqual(['INVITED', 'REQUESTED', 'JOINED']);
  });

  it('says whose membership it is', () => {
    expect(() => nextMemberState('urn:t', 'LEFT', 'leave')).toThrow(/The membership of urn:t is LEFT, which does not allow leave/);
  });
});

describe('the table of connections', () => {
  it('allows exactly these transitions and refuses all others by name', () => {
    expect(outcomes(CONNECTION_TABLE, CONNECTION_STATES, CONNECTION_EVENTS)).toEqual([
      'REQUESTED accept NEGOTIATING',
      'REQUESTED reject REJECTED',
      'REQUESTED expire EXPIRED',
      'REQUESTED release RELEASED',
      'NEGOTIATING connect CONNECTED',
      'NEGOTIATING reject REJECTED',
      'NEGOTIATING expire EXPIRED',
      'NEGOTIATING release RELEASED',
      'CONNECTED suspend SUSPENDED',
      'CONNECTED lose LOST',
      'CONNECTED release RELEASED',
      'SUSPENDED restore CONNECTED',
      'SUSPENDED release RELEASED',
      'LOST restore CONNECTED',
      'LOST release RELEASED',
    ]);
  });

  it('knows which are open and which have been accepted', () => {
    expect(CONNECTION_STATES.filter(isOpenConnection)).toEqual(['REQUESTED', 'NEGOTIATING', 'CONNECTED', 'SUSPENDED', 'LOST']);
    expect(CONNECTION_STATES.filter(isEstablished)).toEqual(['CONNECTED', 'SUSPENDED', 'LOST']);
  });

  it.each([
    ['CONNECTED', 'CONNECTED', []],
    ['CONNECTED', 'LOST', ['LOST']],
    ['CONNECTED', 'SUSPENDED', ['SUSPENDED']],
    ['LOST', 'CONNECTED', ['CONNECTED']],
    ['SUSPENDED', 'LOST', ['CONNECTED', 'LOST']],
    ['LOST', 'SUSPENDED', ['CONNECTED', 'SUSPENDED']],
    ['REQUESTED', 'LOST', []],
    ['RELEASED', 'CONNECTED', []],
  ] as const)('leads from %s to %s through %j', (from, to, passed) => {
    expect(followTo('urn:c', from, to)).toEqual(passed);
  });
});
