import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';

const pg = createRequire(import.meta.url)('pg');
/** The session settings of the broker's own connections, so that both plan alike. */
const SESSION_OPTIONS = '-c timezone=UTC -c jit=off -c max_parallel_workers_per_gather=0';

/** Calls the broker over connections that are kept. */
export class ApiClient {
  #agent = new Agent({ keepAlive: true });

  constructor(url, token) {
    this.url = url;
    this.token = token;
  }

  /** Posts JSON and reads the answer. */
  post(path, body) {
    return new Promise((resolve, reject) => {
      const text = JSON.stringify(body);
      const headers = {
        authorization: `Bearer ${this.token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      };
      const call = request(`${this.url}${path}`, { method: 'POST', headers, agent: this.#agent }, (answer) => {
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('end', () => {
          const said = Buffer.concat(chunks).toString();
          if (answer.statusCode === 200) resolve(JSON.parse(said));
          else reject(new Error(`${path} ${text} was answered ${answer.statusCode}: ${said.slice(0, 500)}`));
        });
      });
      call.once('error', reject);
      call.end(text);
    });
  }

  search(document) {
    return this.post('/v1/discovery/search', document);
  }

  close() {
    this.#agent.destroy();
  }
}

/** Connections of a pool's size for what is written by hand, unnamed statements as the broker sends them. */
export async function connect(databaseUrl, count) {
  const clients = Array.from({ length: count }, () => new pg.Client({ connectionString: databaseUrl, options: SESSION_OPTIONS }));
  for (const client of clients) {
    client.on('error', () => undefined);
    await client.connect();
  }
  return clients;
}
