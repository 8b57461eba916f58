import { Database } from '../../src/database/database.js';
import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { parseOrganizationId, parseTwinId } from '../../src/kernel/ids.js';
import { Audit, type AuditEntry, BROKER } from '../../src/security/audit.js';
import type { Principal } from '../../src/security/principal.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { aDataDir, anOrganization, bearer, operatorToken, startBroker, type TestBroker } from './security-fixture.js';

describe('the audit log', () => {
  let database: TestDatabase;
  let directory: Awaited<ReturnType<typeof aDataDir>>;
  let broker: TestBroker;
  let other: TestBroker;

  beforeAll(async () => {
    database = await createTestDatabase();
    directory = await aDataDir();
    broker = await startBroker(database.url, directory.path, { operatorClientSecret: 'the secret of the operator' });
    other = await startBroker(database.url, directory.path, { operatorClientSecret: 'the secret of the operator' });
  });

  afterAll(async () => {
    await broker.close();
    await other.close();
    await database.drop();
    await directory.remove();
  });

  const organization = (name: string): Principal => ({
    kind: 'organization',
    organization: parseOrganizationId(name),
    subject: `org_${name}`,
  });

  async function record(at: TestBroker, principal: Principal, subject: string, detail?: Record<string, unknown>): Promise<void> {
    await at.get(UnitOfWork).run(async (tx) => {
      at.get(Audit).record(tx, { principal, action: 'thing.change', subject, detail });
      return Promise.resolve();
    });
  }

  it('stays one unbroken chain when many transactions in several brokers append at once', async () => {
    const principal = organization('busy');
    await Promise.all(Array.from({ length: 40 }, (_, n) => record(n % 2 === 0 ? broker : other, principal, `thing-${n}`)));
    const verdict = await broker.get(Audit).verify('busy');
    expect(verdict).toMatchObject({ intact: true, entries: 40 });
  });

  it('keeps what was said exactly, whatever characters it holds', async () => {
    const detail = { quote: `it's "so" \\ 100%`, nul: 'a\u0000b', half: '\ud800', line: 'a\nb', number: 1e21, 1: 'one', __proto: null };
    await record(broker, organization('literal'), "Robert'); DROP TABLE audit_entry;--", detail);
    const { items } = await broker.get(Audit).list('literal');
    expect(items[0]).toMatchObject({ subject: "Robert'); DROP TABLE audit_entry;--", detail });
    expect(await broker.get(Audit).verify('literal')).toMatchObject({ intact: true, entries: 1 });
  });

  it('holds nothing of a transaction that was rolled back', async () => {
    const failing = broker.get(UnitOfWork).run((tx) => {
      broker.get(Audit).record(tx, { principal: organization('undone'), action: 'thing.change', subject: 'x' });
      return Promise.reject(new Error('no'));
    });
    await expect(failing).rejects.toThrow('no');
    expect(await broker.get(Audit).verify('undone')).toMatchObject({ intact: true, entries: 0 });
  });

  it.each<[string, string[], number]>([
    ['changed', [`UPDATE audit_entry SET entry = replace(entry, 'thing-2', 'thing-9') WHERE chain = $1 AND sequence = 2`], 2],
    ['backdated', [`UPDATE audit_entry SET recorded_at = recorded_at - interval '1 day' WHERE chain = $1 AND sequence = 2`], 2],
    ['removed', ['DELETE FROM audit_entry WHERE chain = $1 AND sequence = 2'], 2],
    [
      'removed and the rest renumbered',
      [
        'DELETE FROM audit_entry WHERE chain = $1 AND sequence = 3',
        'UPDATE audit_entry SET sequence = 3 WHERE chain = $1 AND sequence = 4',
      ],
      3,
    ],
  ])('shows that an entry was %s', async (how, statements, brokenAt) => {
    const chain = how.replaceAll(' ', '-');
    for (const n of [1, 2, 3, 4]) await record(broker, organization(chain), `thing-${n}`);
    expect(await broker.get(Audit).verify(chain)).toMatchObject({ intact: true, entries: 4 });
    for (const statement of statements) await broker.get(Database).query(statement, [chain]);
    expect(await broker.get(Audit).verify(chain)).toMatchObject({ intact: false, brokenAt });
  });

  it('files a decision under the principal’s organization, the broker’s own under system, and an operator’s where it says', async () => {
    const twin: Principal = { kind: 'twin', organization: parseOrganizationId('filed'), twin: parseTwinId('urn:x:y'), subject: 'twin_y' };
    await record(broker, twin, 'by twin');
    await broker.get(UnitOfWork).run((tx) => {
      const audit = broker.get(Audit);
      audit.record(tx, { principal: BROKER, action: 'lease.expire', subject: 'by broker' });
      audit.record(tx, {
        principal: { kind: 'operator', subject: 'operator' },
        action: 'a.b',
        subject: 'by operator',
        chain: parseOrganizationId('filed'),
      });
      return Promise.resolve();
    });
    const filed = await broker.get(Audit).list('filed');
    expect(filed.items.map((entry) => [entry.sequence, entry.actor.kind, entry.subject])).toEqual([
      [2, 'operator', 'by operator'],
      [1, 'twin', 'by twin'],
    ]);
    expect((await broker.get(Audit).list('system')).items[0]).toMatchObject({ subject: 'by broker', actor: { kind: 'broker' } });
  });

  it('shows an organization its own chain page by page, newest first, and no other', async () => {
    const { token } = await anOrganization(broker, 'reader');
    for (const n of [1, 2, 3]) await record(broker, organization('reader'), `thing-${n}`);
    const seen: AuditEntry[] = [];
    let cursor: string | undefined;
    do {
      const url = `/v1/audit?limit=2${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
      const page = (await broker.call({ method: 'GET', url, headers: bearer(token) })).json<{ items: AuditEntry[]; next?: string }>();
      seen.push(...page.items);
      cursor = page.next;
    } while (cursor !== undefined);
    expect(seen.map((entry) => [entry.sequence, entry.action])).toEqual([
      [5, 'thing.change'],
      [4, 'thing.change'],
      [3, 'thing.change'],
      [2, 'credential.create'],
      [1, 'organization.create'],
    ]);
    for (const chain of ['system', 'busy', 'none']) {
      expect((await broker.call({ method: 'GET', url: `/v1/audit?chain=${chain}`, headers: bearer(token) })).statusCode).toBe(404);
    }
    const headers = bearer(await operatorToken(broker));
    expect((await broker.call({ method: 'GET', url: '/v1/audit/verification?chain=reader', headers })).json()).toMatchObject({
      intact: true,
      entries: 5,
    });
  });
});
