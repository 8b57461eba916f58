const SCHEMES = ['http', 'https', 'ws', 'wss', 'mqtt', 'mqtts', 'amqp', 'amqps', 'nats', 'coap', 'coaps'] as const;
const URL_PARTS = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#\\]*)[\x21-\x7E]*$/;

/** What is wrong with the address of a twin's endpoint; undefined when nothing is. The broker does not connect to it here. */
export function faultOfEndpointUrl(url: string): string | undefined {
  const parts = URL_PARTS.exec(url);
  const scheme = parts?.[1]?.toLowerCase();
  const authority = parts?.[2] ?? '';
  if (!parts || !URL.canParse(url)) return 'must be an absolute URL (scheme://host…) in ASCII, without spaces';
  if (!SCHEMES.some((known) => known === scheme)) return `must have one of the schemes ${SCHEMES.join(', ')}`;
  if (authority.includes('@')) return 'must not carry credentials: they would be shown to everyone who may see the twin';
  if (new URL(url).hostname === '') return 'must name a host';
  return undefined;
}
