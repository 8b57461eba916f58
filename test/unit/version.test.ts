import { readFileSync } from 'node:fs';
import { VERSION } from '../../src/faces/openapi-document.js';

describe('the version', () => {
  it('is the same in package.json and in the API’s description', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(VERSION).toBe(version);
  });
});
