import { addressesOfSameDocument } from './same-document.js';

const PAGE = 'https://example-models.github.io/subject/common.json';

describe('addressesOfSameDocument', () => {
  it.each([
    'https://github.com/example-models/subject/raw/master/common.json',
    'https://github.com/example-models/subject/blob/main/common.json',
    'https://raw.githubusercontent.com/example-models/subject/master/common.json',
    'https://raw.githubusercontent.com/example-models/subject/refs/heads/main/common.json',
    'http://example-models.github.io/subject/common.json',
  ])('%s is the page, and the page is it', (address) => {
    expect(addressesOfSameDocument(address)[0]).toBe(address);
    expect(addressesOfSameDocument(address)).toContain(PAGE);
    expect(addressesOfSameDocument(PAGE)).toContain(address);
  });

  it.each([
    ['https://github.com/example-models/subject/raw/v2/common.json', 'another branch may say something else'],
    ['https://raw.githubusercontent.com/example-models/other/master/common.json', 'another repository'],
    ['https://github.com/example-models/subject/raw/master/other.json', 'another file'],
    ['https://example-models.github.io/common.json', 'no repository'],
    ['urn:example:common.json', 'no address'],
  ])('%s is another document: %s', (address) => {
    expect(addressesOfSameDocument(address)).not.toContain(PAGE);
  });
});
