import type { FastifyReply } from 'fastify';
import type { Revision } from '../kernel/revision.js';
import { entityTag, isKnown } from '../problems/entity-tag.js';
import { type TermDto, toTermDto } from './dto/term.dto.js';
import { toTermVocabularyDto, type TermVocabularyDto } from './dto/vocabulary.dto.js';
import { termRevision } from './term/expected-state.js';
import type { TermOutcome } from './term/term.service.js';
import type { TermRecord, VocabularyRecord } from './term/term.js';
import type { VocabularyOutcome } from './term/vocabulary.service.js';

/** Sends the ETag; whether the reader has this revision already, which the status then says. */
function knows(reply: FastifyReply, revision: Revision, ifNoneMatch: string | undefined): boolean {
  const known = isKnown(revision, ifNoneMatch);
  void reply.header('etag', entityTag(revision));
  if (known) void reply.code(304);
  return known;
}

function created(reply: FastifyReply, revision: Revision, path: string | undefined): void {
  void reply.header('etag', entityTag(revision)).code(path === undefined ? 200 : 201);
  if (path !== undefined) void reply.header('location', path);
}

/** The vocabulary with its ETag; 304 without it for a reader who has it already. */
export function presentVocabulary(reply: FastifyReply, vocabulary: VocabularyRecord, ifNoneMatch?: string): TermVocabularyDto | undefined {
  return knows(reply, vocabulary, ifNoneMatch) ? undefined : toTermVocabularyDto(vocabulary);
}

/** The vocabulary after a change: 201 with its Location when it was made, otherwise 200. */
export function presentVocabularyOutcome(reply: FastifyReply, { vocabulary, change }: VocabularyOutcome): TermVocabularyDto {
  created(reply, vocabulary, change === 'created' ? `/v1/dictionary/vocabularies/${encodeURIComponent(vocabulary.id)}` : undefined);
  return toTermVocabularyDto(vocabulary);
}

/** The term with its ETag; 304 without it for a reader who has it already. */
export function presentTerm(reply: FastifyReply, term: TermRecord, ifNoneMatch?: string): TermDto | undefined {
  return knows(reply, termRevision(term), ifNoneMatch) ? undefined : toTermDto(term);
}

/** The term after a change: 201 with its Location when it was made, otherwise 200. */
export function presentTermOutcome(reply: FastifyReply, { term, change }: TermOutcome): TermDto {
  created(reply, termRevision(term), change === 'created' ? `/v1/dictionary/terms/${encodeURIComponent(term.iri)}` : undefined);
  return toTermDto(term);
}
