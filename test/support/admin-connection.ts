import pg from 'pg';

/** URL of the server of this test run, with a database that always exists; set by test/support/global-setup.mjs. */
export function testServerUrl(): string {
  const url = process.env.TWINFED_TEST_SERVER_URL;
  if (url === undefined) throw new Error('There is no test server: run the tests through jest.config.js (projects integration and e2e).');
  return url;
}

/** The server's URL with another database. */
export function urlOfDatabase(name: string): string {
  const url = new URL(testServerUrl());
  url.pathname = `/${name}`;
  return url.href;
}

/** Runs `work` on a connection of its own to the server's maintenance database. */
export async function asAdmin<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: testServerUrl(), application_name: 'twinfed tests' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
