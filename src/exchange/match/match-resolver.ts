import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type RankedTwin, type RankingDocument, Ranking } from '../../discovery/search/ranking.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { type DirectoryTwin, TwinDirectory } from '../../registry/twin-directory.js';
import type { Principal } from '../../security/principal.js';
import type { MatchReceiver } from '../../vocabulary/envelope.js';
import type { IncomingMessage } from '../message/incoming-message.js';
import { InboxLoad } from './inbox-load.js';
import { type MatchCandidate, MAX_CANDIDATES, MAX_PARTS } from './match-request.js';
import { MATCH_POINTER, NearMisses, type NearMiss } from './near-misses.js';
import { type Peer, Peers, requireMatchable } from './peers.js';

/** Twins that match and are well, in the order in which they are preferred, and what is known of the rest. */
export interface Resolution {
  readonly document: RankingDocument;
  readonly preferred: readonly MatchCandidate[];
  /** Twins that match and are not well. */
  readonly unwell: readonly NearMiss[];
  /** Every twin that is connected for the feature. */
  readonly peers: readonly Peer[];
}

/** Finds who may get a message whose receiver is given by what it matches. */
@Injectable()
export class MatchResolver {
  constructor(
    private readonly ranking: Ranking,
    private readonly peers: Peers,
    private readonly twins: TwinDirectory,
    private readonly load: InboxLoad,
    private readonly misses: NearMisses,
  ) {}

  /**
   * Resolves the query among the twins that are connected to the sender for what the message is about, visible to it and well: ACTIVE, or STALE, which
   * come last, and not in maintenance. `best` and `all` keep the query's order, `anyOf` puts the least loaded first.
   * @throws DomainError `validation-failed` pointing into the query, `query-too-costly`
   */
  async resolve(principal: Principal, sender: TwinId, { envelope }: IncomingMessage, wish: MatchReceiver): Promise<Resolution> {
    requireMatchable(envelope);
    requireSenseOf(wish, envelope.header.messageType === 'REQUEST');
    const document = this.ranking.read(wish.match, MATCH_POINTER);
    const peers = await this.peers.of(sender, envelope);
    const connected = new Map(peers.filter(({ connection }) => connection.state === 'CONNECTED').map((peer) => [peer.id, peer]));
    const ranked = await this.ranking.rank(principal, document, MATCH_POINTER, [...connected.keys()]);
    const unwell: NearMiss[] = [];
    const preferred: MatchCandidate[] = [];
    for (const each of ranked) {
      const [peer, twin] = [connected.get(each.id), await this.twins.find(each.id)];
      if (peer === undefined || twin === undefined) continue;
      const ailment = ailmentOf(twin);
      if (ailment !== undefined) unwell.push({ receiver: each.id, reason: 'not-healthy', detail: ailment });
      else preferred.push(candidateOf(each, peer, twin, envelope.data.action, envelope.data.object.id));
    }
    const ordered = wish.policy === 'anyOf' ? await this.byLoad(preferred, envelope.header.messageId) : preferred;
    const healthy = ordered.toSorted((a, b) => Number(a.status === 'STALE') - Number(b.status === 'STALE'));
    if (wish.policy === 'all' && healthy.length > MAX_PARTS) {
      throw new DomainError('query-too-costly', `${healthy.length} twins match, and all reaches at most ${MAX_PARTS}; narrow the query.`, {
        pointer: MATCH_POINTER,
      });
    }
    return { document, preferred: wish.policy === 'all' ? healthy : healthy.slice(0, MAX_CANDIDATES), unwell, peers };
  }

  /** Why the others do not get it, of those that the principal may see. */
  async others(principal: Principal, { document, preferred, unwell, peers }: Resolution, limit: number): Promise<NearMiss[]> {
    const considered = new Set([...preferred, ...unwell].map(({ receiver }) => receiver));
    const rest = peers.filter(({ id }) => !considered.has(id));
    const known = new Set(peers.map(({ id }) => id));
    return [
      ...unwell.slice(0, limit),
      ...(await this.misses.ofPeers(principal, document, rest, limit)),
      ...(await this.misses.unconnected(principal, document, known, limit)),
    ].slice(0, limit);
  }

  /** Equals are told apart by a hash of message and twin, so that many messages at once spread over them. */
  private async byLoad(candidates: readonly MatchCandidate[], messageId: string): Promise<MatchCandidate[]> {
    const loads = await this.load.of(candidates.map(({ receiver }) => receiver));
    const dice = (id: string): string => createHash('sha256').update(`${messageId}\n${id}`).digest('hex');
    return candidates
      .map((candidate) => ({ ...candidate, load: loads.get(candidate.receiver) ?? 0 }))
      .toSorted((a, b) => a.load - b.load || (dice(a.receiver) < dice(b.receiver) ? -1 : 1));
  }
}

/** @throws DomainError `validation-failed` for a time-out where nobody is asked in turn */
function requireSenseOf({ policy, attemptTimeoutMs }: MatchReceiver, isRequest: boolean): void {
  if (attemptTimeoutMs === undefined || (isRequest && policy !== 'all')) return;
  throw new DomainError(
    'validation-failed',
    '/header/receiver/attemptTimeoutMs belongs to a REQUEST with policy best or anyOf: only there is one twin asked after the other.',
    { pointer: '/header/receiver/attemptTimeoutMs' },
  );
}

/** Why nothing is sent to a twin by itself now; undefined when it is well. */
export function ailmentOf({ status, maintenanceUntil }: DirectoryTwin): string | undefined {
  if (status !== 'ACTIVE' && status !== 'STALE') return `It is ${status}.`;
  return maintenanceUntil === undefined ? undefined : `It is in maintenance until ${maintenanceUntil.toISOString()}.`;
}

function candidateOf(
  { id, score, meters }: RankedTwin,
  { connection }: Peer,
  twin: DirectoryTwin,
  action: string,
  feature: string | undefined,
): MatchCandidate {
  const isIdempotent = twin.features.some((each) => each.kind === 'function' && each.name === feature && each.idempotent === true);
  return {
    receiver: id,
    status: twin.status === 'STALE' ? 'STALE' : 'ACTIVE',
    connectionId: connection.id,
    planVersion: connection.planVersion,
    repeatable: action !== 'INVOKE' || isIdempotent,
    ...(score !== undefined && { score }),
    ...(meters !== undefined && { meters }),
  };
}
