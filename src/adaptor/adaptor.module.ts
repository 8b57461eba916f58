import { Module } from '@nestjs/common';
import { DictionaryModule } from '../dictionary/dictionary.module.js';
import { SecurityModule } from '../security/security.module.js';
import { Adaptor } from './adaptor.js';
import { InboundProtocols, OutboundProtocols, WIRE_PROTOCOL_PROVIDERS } from './protocol/wire-protocols.js';

/** The communication adaptor: plans of connections, flows that run, and protocols both ways. */
@Module({
  imports: [DictionaryModule, SecurityModule],
  providers: [Adaptor, ...WIRE_PROTOCOL_PROVIDERS],
  exports: [Adaptor, InboundProtocols, OutboundProtocols],
})
export class AdaptorModule {}
