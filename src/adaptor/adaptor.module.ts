import { Module } from '@nestjs/common';
import { SecurityModule } from '../security/security.module.js';
import { Adaptor } from './adaptor.js';
import { InboundProtocols, OutboundProtocols, WIRE_PROTOCOL_PROVIDERS } from './protocol/wire-protocols.js';

/** The communication adaptor: today, the plan of a connection, and the protocols of outbound deliveries. */
@Module({
  imports: [SecurityModule],
  providers: [Adaptor, ...WIRE_PROTOCOL_PROVIDERS],
  exports: [Adaptor, InboundProtocols, OutboundProtocols],
})
export class AdaptorModule {}
