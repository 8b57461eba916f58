import { chooseUser, usersInOrder } from './run-as.js';

describe('users that PostgreSQL may run as', () => {
  it('prefers postgres, then nobody, then the others in their order, and never root', () => {
    const passwd = [
      'root:x:0:0:root:/root:/bin/bash',
      'toor:x:0:0:second root:/root:/bin/bash',
      'daemon:x:1:2:daemon:/usr/sbin:/usr/sbin/nologin',
      'broken line',
      'nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin',
      'postgres:x:101:104::/var/lib/postgresql:/bin/bash',
    ].join('\n');
    expect(usersInOrder(passwd)).toEqual([
      { uid: 101, gid: 104 },
      { uid: 65534, gid: 65533 },
      { uid: 1, gid: 2 },
    ]);
  });

  const asRoot = process.getuid?.() === 0;

  // Each user sees one of these two: only root can switch to another.
  (asRoot ? it : it.skip)('stays with the owner of a cluster when root starts it (by root alone)', async () => {
    expect(await chooseUser({ uid: 4242, gid: 4243 })).toEqual({ uid: 4242, gid: 4243 });
    expect((await chooseUser({ uid: 0, gid: 0 }))?.uid).toBeGreaterThan(0);
  });

  (asRoot ? it.skip : it)(
    'does not switch when a plain user starts it, and refuses the cluster of another (by a plain user alone)',
    async () => {
      expect(await chooseUser(undefined)).toBeUndefined();
      await expect(chooseUser({ uid: (process.getuid?.() ?? 0) + 1, gid: 1 })).rejects.toThrow(
        /belongs to user \d+, but the broker runs as/,
      );
    },
  );
});
