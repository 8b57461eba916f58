import { faultOfEndpointUrl } from './endpoint-url.js';

describe('faultOfEndpointUrl', () => {
  it.each([
    'https://traffic.example.org/things/a40?x=1#f',
    'http://127.0.0.1:8080',
    'wss://example.org/ws',
    'mqtt://broker.example.org:1883/topic',
    'coap://[2001:db8::1]/a',
    'nats://example.org:4222',
    'HTTPS://EXAMPLE.ORG/a@b',
  ])('accepts %s', (url) => {
    expect(faultOfEndpointUrl(url)).toBeUndefined();
  });

  it.each([
    ['https://user:secret@example.org/', /credentials/],
    ['mqtt://token@example.org', /credentials/],
    ['https://@example.org/', /credentials/],
    ['ftp://example.org/', /schemes/],
    ['file:///etc/passwd', /schemes/],
    ['javascript:alert(1)', /absolute/],
    ['/things/a40', /absolute/],
    ['https:example.org', /absolute/],
    ['https://exa mple.org/', /absolute/],
    ['https://example.org/\u0000', /absolute/],
    ['mqtt://', /host/],
    ['', /absolute/],
  ])('refuses %s', (url, fault) => {
    expect(faultOfEndpointUrl(url)).toMatch(fault);
  });
});
