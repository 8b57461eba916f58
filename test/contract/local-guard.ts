import { Config } from '../../src/config/config.js';
import { OutboundGuard } from '../../src/security/outbound/outbound-guard.js';

/** Lets protocols connect to this machine. */
export function localGuard(): OutboundGuard {
  return new OutboundGuard(Object.assign(new Config(), { outboundAllow: ['127.0.0.0/8', '::1'] }));
}
