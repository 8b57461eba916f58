import { Injectable } from '@nestjs/common';
import { Units } from '../../dictionary/unit/units.js';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import { InvalidId, type OrganizationId, parseTwinId, type TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import type { Principal } from '../../security/principal.js';
import { TwinService } from '../twin.service.js';
import type { RegistrationOutcome, TwinRecord } from '../twin.js';
import type { ImportFormat } from './import-format.js';
import { formatOfMediaType, readerFor } from './import-readers.js';
import { importUnits } from './import-units.js';
import { ImportedProfiles, type ProfileOptions, type SettledModel } from './imported-profiles.js';
import { isMembers, type Members } from './json-members.js';
import { type ReadDocument, readDocuments } from './source-documents.js';
import { type TwinSource, TwinSourceRepository } from './twin-source.repository.js';

/** What the caller says of an import. */
export interface ImportOptions extends ProfileOptions {
  /** Of every document; without it, each document tells. */
  readonly format?: ImportFormat;
  /** Tells what would be, and changes nothing. */
  readonly dryRun?: boolean;
  /** Makes changes of the features even if they break connections. */
  readonly force?: boolean;
}

/** A body with its content type. */
export interface ImportBody {
  readonly text: string;
  /** Without parameters, lower-case. */
  readonly mediaType: string;
}

/** What became of a document. */
export interface ImportOutcome extends RegistrationOutcome {
  readonly format: ImportFormat;
  readonly settled: SettledModel;
  readonly dryRun: boolean;
}

/** What became of one document of an array. */
export type ImportItem =
  { readonly outcome: ImportOutcome; readonly refusal?: undefined } | { readonly outcome?: undefined; readonly refusal: DomainError };

/** Ends the transaction of a dry run, carrying what it came to. */
class DryRunOver extends Error {
  constructor(readonly outcome: RegistrationOutcome) {
    super('The dry run is over.');
  }
}

/**
 * Imports what cities already have: a document becomes a twin, and is kept as it came (behaviour graded P). The twin, its versions and its document
 * change together.
 */
@Injectable()
export class ImportService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly twins: TwinService,
    private readonly profiles: ImportedProfiles,
    private readonly sources: TwinSourceRepository,
    private readonly units: Units,
  ) {}

  /**
   * Imports one document, or each of an array.
   * @throws DomainError `malformed-message`, `validation-failed`, `payload-too-large`, and for one document what TwinService.replace throws
   * @throws JsonTextError for an array that is none
   */
  async import(principal: Principal, body: ImportBody, options: ImportOptions): Promise<ImportOutcome | readonly ImportItem[]> {
    const owner = ownerOf(principal);
    const { documents, isArray } = readDocuments(body.text);
    if (isArray && options.id !== undefined) {
      const errors = [{ pointer: '/id', detail: 'is for one document; those of an array bring their own' }];
      throw new DomainError('validation-failed', 'An array of documents has no one id.', { pointer: '/id', errors });
    }
    const siblings = documents.map(({ value }) => value).filter(isMembers);
    const context = { principal, owner, mediaType: body.mediaType, siblings, options, taken: new Set<string>() };
    const [only] = documents;
    if (!isArray && only !== undefined) return this.importOne(only, context);
    const items: ImportItem[] = [];
    for (const [index, document] of documents.entries()) items.push(await this.importItem(document, context, `/${index}`));
    return items;
  }

  /**
   * The document that a twin was imported from, and whether the twin was changed since by other means.
   * @throws DomainError `not-found`
   */
  async source(principal: Principal, id: TwinId): Promise<TwinSource & { readonly editedSince: boolean }> {
    const { incarnation, version } = await this.twins.read(principal, id);
    const source = await this.sources.find(id, incarnation);
    if (source === undefined) throw new DomainError('not-found', `The twin ${id} was not imported: there is no document of it.`);
    return { ...source, editedSince: source.version !== version };
  }

  private async importItem(document: ReadDocument, context: Context, pointer: string): Promise<ImportItem> {
    try {
      return { outcome: await this.importOne(document, context) };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return { refusal: error.beneath(pointer) };
    }
  }

  private async importOne(document: ReadDocument, context: Context): Promise<ImportOutcome> {
    if (document.refusal !== undefined) throw document.refusal;
    const { options, mediaType, owner, siblings, taken } = context;
    const { reader, value } = readerFor(document.value, options.format ?? formatOfMediaType(mediaType));
    const settled = await this.profiles.settle(reader.read({ value, siblings }, importUnits(this.units)), owner);
    const id = idOf(options.id ?? settled.model.id);
    if (taken.has(id)) {
      const errors = [{ pointer: '', detail: `makes the twin ${id}, as another document of this array does` }];
      throw new DomainError('validation-failed', `Two documents of the array make the twin ${id}.`, { pointer: '', errors });
    }
    taken.add(id);
    const work = (tx: Transaction): Promise<RegistrationOutcome> => this.register(tx, id, settled, document.text, context);
    const outcome = options.dryRun === true ? await this.dryRun(work) : await this.uow.run(work);
    return { ...outcome, format: reader.format, settled, dryRun: options.dryRun ?? false };
  }

  private async register(tx: Transaction, id: TwinId, settled: SettledModel, text: string, context: Context): Promise<RegistrationOutcome> {
    const { principal, options, mediaType } = context;
    const dto = this.profiles.profile(settled, id, options, await this.current(tx, principal, id));
    const outcome = await this.twins.replace(principal, id, dto, {}, tx, { force: options.force });
    await this.sources.put(tx, outcome.twin, { format: settled.model.format, mediaType, document: text });
    return outcome;
  }

  /** Does everything and takes it back, so that it tells exactly what would be. */
  private async dryRun(work: (tx: Transaction) => Promise<RegistrationOutcome>): Promise<RegistrationOutcome> {
    try {
      return await this.uow.run(async (tx): Promise<never> => {
        throw new DryRunOver(await work(tx));
      });
    } catch (error) {
      if (error instanceof DryRunOver) return error.outcome;
      throw error;
    }
  }

  /** The caller's own twin of this id, if it is registered. */
  private async current(tx: Transaction, principal: Principal, id: TwinId): Promise<TwinRecord | undefined> {
    try {
      return await this.twins.read(principal, id, tx);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'not-found') return undefined;
      throw error;
    }
  }
}

interface Context {
  readonly principal: Principal;
  readonly owner: OrganizationId;
  readonly mediaType: string;
  readonly siblings: readonly Members[];
  readonly options: ImportOptions;
  /** Ids that documents of this request have made. */
  readonly taken: Set<string>;
}

function ownerOf(principal: Principal): OrganizationId {
  if (principal.kind !== 'operator') return principal.organization;
  throw new DomainError('forbidden', 'An operator never acts for a twin: its organization imports it.');
}

/** The id as given, once it is known to be one. */
function idOf(text: string): TwinId {
  try {
    return parseTwinId(text);
  } catch (error) {
    if (!(error instanceof InvalidId)) throw error;
    throw new DomainError('validation-failed', `/id ${error.detail}.`, {
      pointer: '/id',
      errors: [{ pointer: '/id', detail: error.detail }],
    });
  }
}
