import { Module } from '@nestjs/common';
import { DictionaryModule } from '../dictionary/dictionary.module.js';
import { SecurityModule } from '../security/security.module.js';
import { Adaptor } from './adaptor.js';
import { AdaptationPreviewController } from './preview/preview.controller.js';
import { AdaptationPreviews } from './preview/preview.service.js';
import { InboundProtocols, OutboundProtocols, WIRE_PROTOCOL_PROVIDERS } from './protocol/wire-protocols.js';

/** The communication adaptor: plans of connections, flows that run, and protocols both ways. */
@Module({
  imports: [DictionaryModule, SecurityModule],
  controllers: [AdaptationPreviewController],
  providers: [Adaptor, AdaptationPreviews, ...WIRE_PROTOCOL_PROVIDERS],
  exports: [Adaptor, InboundProtocols, OutboundProtocols],
})
export class AdaptorModule {}
