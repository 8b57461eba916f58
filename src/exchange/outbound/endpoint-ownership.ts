import { Injectable } from '@nestjs/common';
import { TwinDirectory } from '../../registry/twin-directory.js';
import type { StoredEndpoint } from './endpoint.js';

/** Whether an endpoint is still the twin's: handed over or deregistered, its messages go nowhere that somebody else configured. */
@Injectable()
export class EndpointOwnership {
  constructor(private readonly twins: TwinDirectory) {}

  async holds({ receiver, organization }: StoredEndpoint): Promise<boolean> {
    return (await this.twins.find(receiver))?.owner === organization;
  }
}
