import { Injectable } from '@nestjs/common';
import { Units } from '../../dictionary/unit/units.js';
import { ConnectionService } from '../../federation/connection.service.js';
import { FederationService } from '../../federation/federation.service.js';
import { parseTwinId } from '../../kernel/ids.js';
import { DomainError, type ProblemPlace } from '../../problems/domain-error.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import { organizationOf, type Principal, requireActsFor } from '../../security/principal.js';
import type { MissingReason } from '../member/member.js';
import { unitOf } from '../member/membership.js';
import { SurroundingsService } from '../member/surroundings.service.js';
import { refuse } from './definition-reader.js';
import type { MemberReference, View, ViewColumn, ViewDefinition } from './view.js';

const MAX_PLACES = 100;

/** Who may see and change views, and what may be joined. */
@Injectable()
export class ViewGate {
  constructor(
    private readonly twins: TwinDirectory,
    private readonly federations: FederationService,
    private readonly connections: ConnectionService,
    private readonly surroundings: SurroundingsService,
    private readonly units: Units,
  ) {}

  /** Lets those see a view who act for its host, and operators. @throws DomainError `not-found` */
  requireVisible(principal: Principal, id: string, view: View | undefined): View {
    if (view !== undefined && (principal.kind === 'operator' || isOwn(principal, view))) return view;
    throw unknownView(id);
  }

  /** @throws DomainError `not-found`, `forbidden` for operators */
  requireOwn(principal: Principal, id: string, view: View | undefined): View {
    const found = this.requireVisible(principal, id, view);
    requireActsFor(principal, { id: found.definition.host, owner: found.organization });
    return found;
  }

  /** Lets those read the slots who may see the view, and those to whom an open connection shares them. @throws DomainError `not-found` */
  async requireReadable(principal: Principal, id: string, view: View | undefined): Promise<View> {
    if (view === undefined) throw unknownView(id);
    if (principal.kind === 'operator' || isOwn(principal, view)) return view;
    const { host, feature } = view.definition;
    const { items } = await this.connections.list(principal, { twin: host, state: 'CONNECTED', limit: 1_000 });
    const isShared = items.some(
      ({ requester, responder, features }) =>
        (principal.kind === 'organization' || [requester, responder].includes(principal.twin)) &&
        features.some((each) => each.twin === host && each.kind === 'data' && each.name === feature),
    );
    if (!isShared) throw unknownView(id);
    return view;
  }

  /**
   * Checks that the caller acts for the host, sees the federation, the places and the members, and that what they speak can be converted.
   * @throws DomainError `not-found`, `forbidden`, `validation-failed`
   */
  async admit(principal: Principal, view: ViewDefinition): Promise<void> {
    const host = await this.twins.find(view.host);
    if (host === undefined || !(await this.twins.isVisible(principal, view.host)))
      throw new DomainError('not-found', `There is no twin ${view.host} that you may see.`, { pointer: '/host' });
    requireActsFor(principal, host);
    try {
      await this.federations.read(principal, view.federationId);
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'not-found') throw error;
      throw new DomainError('not-found', error.detail, { pointer: '/federationId', cause: error });
    }
    await this.requireVisiblePlaces(principal, view);
    refuse([...(await this.unitsOfMembers(principal, view)), ...(await this.unitsOfSelected(view))].slice(0, MAX_PLACES));
  }

  private async requireVisiblePlaces(principal: Principal, { rows }: ViewDefinition): Promise<void> {
    if (rows.by !== 'place') return;
    for (const [index, { id, area }] of rows.places.entries()) {
      if (area !== undefined || (await this.twins.isVisible(principal, parseTwinId(id)))) continue;
      const pointer = `/rows/places/${index}/id`;
      throw new DomainError('not-found', `There is no twin ${id} that you may see; a place of another id needs an area.`, { pointer });
    }
  }

  /** Of the members that are named: each is looked at as the caller sees it, connected or not yet. */
  private async unitsOfMembers(principal: Principal, { columns }: ViewDefinition): Promise<ProblemPlace[]> {
    const places: ProblemPlace[] = [];
    for (const [index, column] of columns.entries()) {
      for (const [place, member] of (column.members ?? []).entries()) {
        const detail = await this.refusal(principal, column, member);
        if (detail !== undefined) places.push({ pointer: `/columns/${index}/members/${place}`, detail });
        if (places.length >= MAX_PLACES) return places;
      }
    }
    return places;
  }

  private async refusal(principal: Principal, column: ViewColumn, { twin, feature }: MemberReference): Promise<string | undefined> {
    const found = await this.twins.find(twin);
    if (found === undefined || !(await this.twins.isVisible(principal, twin))) return 'is no twin that you may see';
    const spec = found.features.find(({ kind, name }) => kind === 'data' && name === feature);
    if (spec === undefined) return 'is no data feature of the twin';
    return refusalOf(column, unitOf(column, spec, this.units).missing);
  }

  /** Of those that are selected at the moment. */
  private async unitsOfSelected(view: ViewDefinition): Promise<ProblemPlace[]> {
    if (view.columns.every(({ select }) => select === undefined)) return [];
    const places = new Map<number, ProblemPlace>();
    for (const { column: index, missing, twin, feature } of (await this.surroundings.of(view)).members) {
      const column = view.columns[index];
      const detail = column?.select === undefined ? undefined : refusalOf(column, missing);
      if (detail !== undefined)
        places.set(index, { pointer: `/columns/${index}/unit`, detail: `${detail}, as ${feature} of ${twin} shows` });
    }
    return [...places.values()];
  }
}

function refusalOf({ unit = '' }: ViewColumn, missing: MissingReason | undefined): string | undefined {
  if (missing === 'unit-incommensurable') return `does not speak a unit that is commensurable with ${unit}`;
  return missing === 'unit-unknown' ? `declares no unit that could be converted to ${unit}; say its sourceUnit` : undefined;
}

function isOwn(principal: Principal, { organization, definition }: View): boolean {
  if (principal.kind === 'twin') return principal.twin === definition.host && principal.organization === organization;
  return organizationOf(principal) === organization;
}

function unknownView(id: string): DomainError {
  return new DomainError('not-found', `There is no view ${id} that you may see.`);
}
