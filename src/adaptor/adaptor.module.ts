import { Module } from '@nestjs/common';
import { SecurityModule } from '../security/security.module.js';
import { Adaptor } from './adaptor.js';
import { OUTBOUND_PROTOCOL_PROVIDERS, OutboundProtocols } from './protocol/outbound-protocols.js';

/** The communication adaptor: today, the plan of a connection, and the protocols of outbound deliveries. */
@Module({
  imports: [SecurityModule],
  providers: [Adaptor, ...OUTBOUND_PROTOCOL_PROVIDERS],
  exports: [Adaptor, OutboundProtocols],
})
export class AdaptorModule {}
