import { MemoryInbound, type MemorySource } from '../../src/adaptor/protocol/memory/memory-inbound.js';
import { inboundProtocolContract } from './inbound-protocol.js';

inboundProtocolContract('memory', () => {
  const protocol = new MemoryInbound();
  const source: MemorySource = protocol.source('one');
  let said = 0;
  return Promise.resolve({
    protocol,
    settings: () => Promise.resolve({ name: 'one' }),
    unreachable: () => Promise.resolve({ name: 'nowhere' }),
    invalid: [undefined, {}, { name: 1 }],
    say(document) {
      said += 1;
      void source.say({ document, identity: String(said) });
      return Promise.resolve();
    },
    breakOff() {
      source.tell('disconnected', 'it broke');
      source.tell('connecting');
      source.tell('connected');
      return Promise.resolve();
    },
    keeps: 'all',
    names: true,
    close: () => Promise.resolve(),
  });
});
