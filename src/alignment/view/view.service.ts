import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DomainEvents } from '../../database/domain-events.js';
import { isConstraint } from '../../database/sqlstate.js';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import { pageById, type PageQuery } from '../../federation/id-page.js';
import { canonicalJson } from '../../kernel/canonical-json.js';
import { mintUrn, parseFederationId, parseOrganizationId, parseTwinId, parseUriId } from '../../kernel/ids.js';
import type { Page } from '../../kernel/page.js';
import { DomainError } from '../../problems/domain-error.js';
import { matches } from '../../problems/entity-tag.js';
import type { Preconditions } from '../../kernel/revision.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import { Audit } from '../../security/audit.js';
import { organizationOf, type Principal } from '../../security/principal.js';
import { DefinitionReader } from './definition-reader.js';
import type { CreateViewDto, ReplaceViewDto } from './dto/view-input.dto.js';
import { HostFeature } from './host-feature.js';
import type { View, ViewDefinition } from './view.js';
import { ViewGate } from './view-gate.js';
import { ViewRepository } from './view.repository.js';

/** Views of one organization. */
export const MAX_VIEWS = 1_000;

/** Filters of the list. */
export interface ViewQuery extends PageQuery {
  readonly federationId?: string;
}

/** A view after a change, and whether that change made it, altered it or found nothing to do. */
export interface ViewOutcome {
  readonly view: View;
  readonly change: 'created' | 'replaced' | 'unchanged';
}

/**
 * Alignment (Y.4224; behaviour graded P): views, each of which joins data features of several twins into one time slot and one unit system. Failures common
 * to all: `not-found` for what the principal may not see.
 */
@Injectable()
export class ViewService implements OnModuleInit {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly views: ViewRepository,
    private readonly definitions: DefinitionReader,
    private readonly gate: ViewGate,
    private readonly features: HostFeature,
    private readonly twins: TwinDirectory,
    private readonly audit: Audit,
    private readonly events: DomainEvents,
  ) {}

  onModuleInit(): void {
    this.events.subscribe(['twin.transferred'], async ({ subject }) => {
      const twin = await this.twins.find(parseTwinId(subject));
      if (twin !== undefined) await this.views.handOver(twin.id, twin.owner);
    });
  }

  /**
   * Makes a view, and the feature of its host on which it is published.
   * @throws DomainError `validation-failed`, `already-exists`, `state-conflict` for too many, `forbidden`
   */
  async create(principal: Principal, dto: CreateViewDto): Promise<View> {
    const { id = mintUrn(), ...rest } = dto;
    const definition = await this.admitted(principal, rest);
    return this.uow.run((tx) => this.insert(tx, principal, parseUriId(id), definition));
  }

  /**
   * Makes the view of this id, or gives it another definition, with which its slots begin anew; the same again changes nothing.
   * @throws DomainError `validation-failed`, `already-exists`, `precondition-failed`, `state-conflict` for too many, `forbidden`
   */
  async replace(principal: Principal, id: string, dto: ReplaceViewDto, preconditions: Preconditions = {}): Promise<ViewOutcome> {
    const definition = await this.admitted(principal, dto);
    return this.uow.run(async (tx) => {
      const found = await this.views.lock(tx, id);
      if (found !== undefined) this.gate.requireOwn(principal, id, found);
      requireExpected(found, preconditions);
      if (found === undefined) return { view: await this.insert(tx, principal, id, definition), change: 'created' };
      const isSame = canonicalJson(found.definition) === canonicalJson(definition);
      const isSameFeature = found.definition.host === definition.host && found.definition.feature === definition.feature;
      if (found.broughtFeature && !isSameFeature) await this.features.takeAway(tx, principal, found.definition);
      const brought = await this.features.bring(tx, principal, definition, isSameFeature && found.broughtFeature);
      if (isSame && brought === found.broughtFeature) return { view: found, change: 'unchanged' };
      const view = await this.taken(definition, () => this.views.change(tx, id, definition, brought));
      this.note(tx, principal, view, 'view.replace');
      return { view, change: 'replaced' };
    });
  }

  /** @throws DomainError `not-found` */
  async read(principal: Principal, id: string): Promise<View> {
    return this.gate.requireVisible(principal, id, await this.views.find(id));
  }

  /** The view, for whoever may read its slots. @throws DomainError `not-found` */
  async readable(principal: Principal, id: string): Promise<View> {
    return this.gate.requireReadable(principal, id, await this.views.find(id));
  }

  /** Those that the principal may see, in order of id. */
  async list(principal: Principal, query: ViewQuery): Promise<Page<View>> {
    const filter = {
      organization: organizationOf(principal),
      federation: query.federationId === undefined ? undefined : parseFederationId(query.federationId),
      host: principal.kind === 'twin' ? principal.twin : undefined,
    };
    return pageById(
      'views',
      query,
      ({ id }: View) => id,
      (after, limit) => this.views.list(filter, after, limit),
    );
  }

  /** Ends a view; the feature that it brought goes with it. Its slots can no longer be asked for. */
  async delete(principal: Principal, id: string): Promise<void> {
    await this.uow.run(async (tx) => {
      const view = this.gate.requireOwn(principal, id, await this.views.lock(tx, id));
      await this.views.delete(tx, id);
      if (view.broughtFeature) await this.features.takeAway(tx, principal, view.definition);
      this.note(tx, principal, view, 'view.delete');
    });
  }

  private async admitted(principal: Principal, dto: ReplaceViewDto): Promise<ViewDefinition> {
    const definition = this.definitions.read(dto);
    await this.gate.admit(principal, definition);
    return definition;
  }

  private async insert(tx: Transaction, principal: Principal, id: string, definition: ViewDefinition): Promise<View> {
    const organization = parseOrganizationId(organizationOf(principal));
    if ((await this.views.countOf(tx, organization)) >= MAX_VIEWS)
      throw new DomainError('state-conflict', `An organization has at most ${MAX_VIEWS} views: delete one first.`);
    const broughtFeature = await this.features.bring(tx, principal, definition);
    const view = await this.taken(definition, () => this.views.insert(tx, { id, organization, definition, broughtFeature }));
    this.note(tx, principal, view, 'view.create');
    return view;
  }

  private note(tx: Transaction, principal: Principal, { id, version }: View, action: string): void {
    tx.record({ kind: 'view.changed', subject: id, data: { version } });
    this.audit.record(tx, { principal, action, subject: id, detail: { version } });
  }

  private async taken<T>({ host, feature }: ViewDefinition, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isConstraint(error, 'alignment_view_pkey'))
        throw new DomainError('already-exists', 'There is another view of this id.', { pointer: '/id', cause: error });
      if (isConstraint(error, 'alignment_view_one_per_feature'))
        throw new DomainError('already-exists', `Another view is published on ${feature} of ${host}.`, {
          pointer: '/feature',
          cause: error,
        });
      throw error;
    }
  }
}

/** @throws DomainError `precondition-failed` */
function requireExpected(found: View | undefined, { expected, absent }: Preconditions): void {
  const revision = found && { incarnation: found.firstVersion, version: found.version };
  const isMet =
    (expected === undefined || (revision !== undefined && matches(revision, expected))) && (absent !== true || found === undefined);
  if (isMet) return;
  throw new DomainError('precondition-failed', 'The view is not as the request expects it; read it again.');
}
