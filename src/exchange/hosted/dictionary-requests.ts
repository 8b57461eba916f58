import { Injectable } from '@nestjs/common';
import { toTermDto } from '../../dictionary/dto/term.dto.js';
import { TermService } from '../../dictionary/term/term.service.js';
import { type HostedAnswer, type HostedRequest, objectId, payloadObject } from './hosted-request.js';
import { notOffered } from './registry-requests.js';

/**
 * REQUESTs to the registry about terms: the same service methods that the REST resources use (SD-FE). The steward right is the organization's, so a
 * token of a single twin reads only.
 */
@Injectable()
export class DictionaryRequests {
  constructor(private readonly terms: TermService) {}

  /** Carries out a request whose object is a semanticTerm; its id is the IRI. */
  async handle(request: HostedRequest): Promise<HostedAnswer> {
    const { action } = request.envelope.data;
    const iri = objectId(request);
    switch (action) {
      case 'REGISTER': {
        const { term } = await this.terms.create(request.caller, { ...payloadObject(request), iri }, request.tx);
        return { code: 'CREATED', payload: toTermDto(term) };
      }
      case 'UPDATE': {
        const { term } = await this.terms.patch(request.caller, iri, payloadObject(request), {}, request.tx);
        return { code: 'OK', payload: toTermDto(term) };
      }
      case 'DEREGISTER':
        await this.terms.remove(request.caller, iri, {}, request.tx);
        return { code: 'NO_CONTENT' };
      case 'RETRIEVE':
        return { code: 'OK', payload: toTermDto(await this.terms.get(iri, request.tx)) };
      default:
        throw notOffered(request);
    }
  }
}
