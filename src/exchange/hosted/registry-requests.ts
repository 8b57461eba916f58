import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '../../discovery/discovery.service.js';
import { SearchDto } from '../../discovery/dto/search.dto.js';
import { toFoundTwinPageDto } from '../../discovery/dto/found-twin.dto.js';
import { parseTwinId, type TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { parseDto } from '../../problems/dto-validation.js';
import { toChangePreviewDto } from '../../registry/dto/change-impact.dto.js';
import { toTwinDto } from '../../registry/dto/twin.dto.js';
import { TwinProfileDto } from '../../registry/dto/twin-profile.dto.js';
import { TwinPreviewService } from '../../registry/twin-preview.service.js';
import { TwinService } from '../../registry/twin.service.js';
import type { FeatureSpec } from '../../registry/twin.js';
import { type HostedAnswer, type HostedRequest, objectId, payloadObject } from './hosted-request.js';

/** REQUESTs to the registry: the same service methods that the REST resources use (DTR-FE, DTD-FE). */
@Injectable()
export class RegistryRequests {
  constructor(
    private readonly twins: TwinService,
    private readonly previews: TwinPreviewService,
    private readonly discovery: DiscoveryService,
  ) {}

  /** Carries out a request whose receiver is the registry and whose object is a twin or a feature. */
  async handle(request: HostedRequest): Promise<HostedAnswer> {
    const { action, object } = request.envelope.data;
    if (object.type === 'feature') return this.feature(request);
    const options = changeOptions(request);
    switch (action) {
      case 'REGISTER': {
        const dto = parseDto(TwinProfileDto, { ...payloadObject(request), id: object.id ?? request.sender });
        if (options.dryRun)
          return { code: 'OK', payload: toChangePreviewDto(await this.previews.register(request.caller, dto, request.tx)) };
        const { twin } = await this.twins.register(request.caller, dto, request.tx);
        return { code: 'CREATED', payload: toTwinDto(twin) };
      }
      case 'UPDATE': {
        const [id, patch] = [this.twinId(request), payloadObject(request)];
        if (options.dryRun) return this.preview(request, id, patch);
        const { twin } = await this.twins.patch(request.principal, id, patch, {}, request.tx, options);
        return { code: 'OK', payload: toTwinDto(twin) };
      }
      case 'DEREGISTER':
        await this.twins.deregister(request.principal, this.twinId(request), {}, request.tx);
        return { code: 'NO_CONTENT' };
      case 'RETRIEVE':
        return { code: 'OK', payload: toTwinDto(await this.twins.read(request.principal, parseTwinId(objectId(request)), request.tx)) };
      case 'DISCOVER': {
        const page = await this.discovery.search(request.principal, parseDto(SearchDto, payloadObject(request)));
        return { code: 'OK', payload: toFoundTwinPageDto(page) };
      }
      default:
        throw notOffered(request);
    }
  }

  private async preview({ principal, tx }: HostedRequest, id: TwinId, patch: unknown): Promise<HostedAnswer> {
    return { code: 'OK', payload: toChangePreviewDto(await this.previews.patch(principal, id, patch, {}, tx)) };
  }

  private twinId(request: HostedRequest): TwinId {
    return parseTwinId(request.envelope.data.object.id ?? request.sender);
  }

  private async feature(request: HostedRequest): Promise<HostedAnswer> {
    const { action } = request.envelope.data;
    if (action === 'DISCOVER') {
      return { code: 'OK', payload: await this.discovery.features(request.principal, parseDto(SearchDto, payloadObject(request))) };
    }
    if (action === 'RETRIEVE') {
      const owner = request.envelope.data.parameters?.['twin'] ?? request.sender;
      const { profile } = await this.twins.read(request.principal, parseTwinId(owner), request.tx);
      const found = profile.features.find((feature) => feature.name === objectId(request));
      if (found === undefined)
        throw new DomainError('not-found', `There is no feature ${objectId(request)}.`, { pointer: '/data/object/id' });
      return { code: 'OK', payload: found };
    }
    return this.changeFeature(request);
  }

  /** Registers, updates or deregisters one feature of the sender; the others stay as they are. */
  private async changeFeature(request: HostedRequest): Promise<HostedAnswer> {
    const { action } = request.envelope.data;
    const name = objectId(request);
    const { profile } = await this.twins.read(request.principal, request.sender, request.tx);
    const others = profile.features.filter((feature) => feature.name !== name);
    const present = profile.features.find((feature) => feature.name === name);
    if (action === 'REGISTER' && present !== undefined) {
      throw new DomainError('already-exists', `The feature ${name} is registered already.`, { pointer: '/data/object/id' });
    }
    if (action !== 'REGISTER' && present === undefined) {
      throw new DomainError('not-found', `There is no feature ${name}.`, { pointer: '/data/object/id' });
    }
    const features: readonly (FeatureSpec | Record<string, unknown>)[] =
      action === 'DEREGISTER' ? others : [...others, { ...(action === 'UPDATE' ? present : {}), ...payloadObject(request), name }];
    const options = changeOptions(request);
    if (options.dryRun) return this.preview(request, request.sender, { features });
    await this.twins.patch(request.principal, request.sender, { features }, {}, request.tx, options);
    return action === 'DEREGISTER' ? { code: 'NO_CONTENT' } : { code: action === 'REGISTER' ? 'CREATED' : 'OK', payload: features.at(-1) };
  }
}

/** `force` and `dryRun` of the parameters, as of the REST resources. @throws DomainError `validation-failed` when they are no booleans */
function changeOptions({ envelope }: HostedRequest): { force: boolean; dryRun: boolean } {
  const read = (name: 'force' | 'dryRun'): boolean => {
    const value = envelope.data.parameters?.[name] ?? false;
    if (typeof value === 'boolean') return value;
    const place = { pointer: `/data/parameters/${name}`, detail: 'must be a boolean' };
    throw new DomainError('validation-failed', `The parameter ${name} must be a boolean.`, { pointer: place.pointer, errors: [place] });
  };
  return { force: read('force'), dryRun: read('dryRun') };
}

/** The refusal of what the vocabulary allows and this version of the broker does not offer yet. */
export function notOffered({ envelope: { data } }: HostedRequest): DomainError {
  return new DomainError('action-not-applicable', `This broker does not offer ${data.action} on ${data.object.type} yet.`, {
    pointer: '/data/object/type',
  });
}
