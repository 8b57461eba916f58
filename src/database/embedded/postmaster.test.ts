import { anotherRuns, parsePostmasterPid, portWasTaken, predecessorLingers } from './postmaster.js';

describe('postmaster.pid', () => {
  it('yields process id and port', () => {
    expect(parsePostmasterPid('4711\n/data/cluster\n1700000000\n54321\n\n127.0.0.1\n 1 2\nready   \n')).toEqual({ pid: 4711, port: 54321 });
  });

  it.each([
    ['nothing', ''],
    ['a process group instead of a process', '-4711\n/data\n1\n54321\n'],
    ['the init process', '1\n/data\n1\n54321\n'],
    ['a file cut off', '4711\n/data\n'],
    ['other text', 'not\na\nrecord\nat all'],
  ])('is no record when it holds %s', (_, text) => {
    expect(parsePostmasterPid(text)).toBeUndefined();
  });
});

describe('reasons a server ended for', () => {
  it('are told apart', () => {
    expect(portWasTaken('exit code 1: could not bind IPv4 address "127.0.0.1": Address already in use')).toBe(true);
    expect(predecessorLingers('pre-existing shared memory block (key 1, ID 2) is still in use')).toBe(true);
    expect(anotherRuns('lock file "postmaster.pid" already exists')).toBe(true);
    expect([portWasTaken, predecessorLingers, anotherRuns].some((is) => is('exit code 1: database files are incompatible'))).toBe(false);
  });
});
