import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiExtension,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import { parseTwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { FIRE_TWIN_ID } from '../dto/example-ids.js';
import { BindingService } from './binding.service.js';
import type { StoredBinding } from './binding.js';
import { BindingDto, BindingTestView, bindingTestView, BindingView, bindingView, BindingsView } from './dto/binding.dto.js';

const ID = { name: 'id', description: 'Id of the twin, percent-encoded.', example: FIRE_TWIN_ID };
export const NAME = {
  name: 'name',
  description: 'Name of the binding: 1 to 32 lower-case letters, digits and hyphens.',
  example: 'city-broker',
};
const NOT_FOUND = { status: 404, description: 'There is no such thing, or the caller may not see it (problem+json `not-found`).' };
const SLUG = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** Wires that the broker listens to on behalf of twins. */
@ApiTags('Exchange')
@ApiBearerAuth('organization')
@Controller('v1/twins/:id/bindings')
export class BindingController {
  constructor(private readonly bindings: BindingService) {}

  @Put(':name')
  @ApiOperation({
    operationId: 'putBinding',
    summary: 'Have the broker listen',
    description:
      'Documents of the twin that come over a wire become its messages, by the same acceptance as POST /v1/messages, each once when the wire names it. ' +
      'One broker listens; another takes over within 10 s. A change applies at once and loses nothing that the wire keeps.',
  })
  @ApiParam(ID)
  @ApiParam(NAME)
  @ApiOkResponse({ type: BindingView })
  @ApiResponse({
    status: 400,
    description: 'The settings are not those of the protocol (problem+json `validation-failed`, with pointers).',
  })
  @ApiResponse(NOT_FOUND)
  async put(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('name') name: string,
    @Body() dto: BindingDto,
  ): Promise<BindingView> {
    return this.shown(await this.bindings.put(principal, parseTwinId(id), parseBindingName(name), dto));
  }

  @Get()
  @ApiOperation({ operationId: 'listBindings', summary: 'List what is listened to', description: 'By name, with the state of each.' })
  @ApiParam(ID)
  @ApiOkResponse({ type: BindingsView })
  @ApiResponse(NOT_FOUND)
  async list(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<BindingsView> {
    return { items: (await this.bindings.list(principal, parseTwinId(id))).map((binding) => this.shown(binding)) };
  }

  @Get(':name')
  @ApiOperation({
    operationId: 'readBinding',
    summary: 'How listening goes',
    description: 'Settings, the state of the wire since when and why, what came, what was refused lately, what the wire cannot promise.',
  })
  @ApiParam(ID)
  @ApiParam(NAME)
  @ApiOkResponse({ type: BindingView })
  @ApiResponse(NOT_FOUND)
  async read(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Param('name') name: string): Promise<BindingView> {
    return this.shown(await this.bindings.read(principal, parseTwinId(id), parseBindingName(name)));
  }

  @Post(':name/test')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'testBinding',
    summary: 'Try to connect',
    description: 'Connects as the binding does, with its credentials, takes nothing, and says what came of it within 10 s.',
  })
  @ApiParam(ID)
  @ApiParam(NAME)
  @ApiOkResponse({ type: BindingTestView })
  @ApiResponse(NOT_FOUND)
  async test(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Param('name') name: string): Promise<BindingTestView> {
    return bindingTestView(await this.bindings.test(principal, parseTwinId(id), parseBindingName(name)));
  }

  @Delete(':name')
  @HttpCode(204)
  // The paths beneath it come later in the tour.
  @ApiExtension('x-outside-tour', true)
  @ApiOperation({ operationId: 'removeBinding', summary: 'Listen no longer', description: 'Its credentials are forgotten.' })
  @ApiParam(ID)
  @ApiParam(NAME)
  @ApiNoContentResponse({ description: 'Removed.' })
  @ApiResponse(NOT_FOUND)
  async remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Param('name') name: string): Promise<void> {
    await this.bindings.remove(principal, parseTwinId(id), parseBindingName(name));
  }

  private shown(binding: StoredBinding): BindingView {
    return bindingView(binding, this.bindings.protocol(binding.protocol).losses(binding.settings));
  }
}

/** @throws DomainError `invalid-id` */
export function parseBindingName(name: string): string {
  if (SLUG.test(name)) return name;
  const rule = 'is 1 to 32 lower-case letters, digits and hyphens, not beginning with a hyphen';
  throw new DomainError('invalid-id', `The name of a binding ${rule}.`);
}
