import { examplesOf, operationsOf, token } from './support/openapi-document.js';
import { OpenApiRunner, type Outcome } from './support/openapi-runner.js';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';

// Brokers start and stop here: that takes seconds, and more on a busy machine.

describe('the API as its description tells it', () => {
  let broker: RunningBroker;
  let organization: TestOrganization;
  let runner: OpenApiRunner;
  /** What came of every operation of an organization, run with its examples in the order of the document, twice. */
  const outcomes: Outcome[] = [];
  beforeAll(async () => {
    broker = await RunningBroker.start();
    organization = await broker.createOrganization();
    runner = await OpenApiRunner.read(`${broker.url}/openapi.json`);
    const bearer = await runner.authorize('organization', organization.clientId, organization.clientSecret);
    for (const round of [1, 2]) {
      for (const operation of runner.operationsFor('organization')) {
        const outcome = await runner.run(operation, bearer);
        outcomes.push({ ...outcome, request: `round ${round}: ${outcome.request}` });
      }
    }
  });
  afterAll(() => broker.close());

  it('gives a token by the flow of the Authorize button, which opens the operations of that scheme', async () => {
    const bearer = await runner.authorize('organization', organization.clientId, organization.clientSecret);
    expect((await broker.api('GET', '/v1/twins', undefined, bearer)).status).toBe(200);
    const operator = await runner.authorize('operator', 'operator', 'operator-secret-of-the-tests');
    expect((await broker.api('GET', '/v1/organizations', undefined, operator)).status).toBe(200);
    await expect(runner.authorize('organization', organization.clientId, 'not-the-secret')).rejects.toThrow(/401/);
  });

  it('lets whoever follows its examples, in its order, twice, register, connect and pass messages', () => {
    expect(outcomes.length).toBeGreaterThan(60);
    const wrong = outcomes.filter(({ complaints }) => complaints.length > 0);
    expect(wrong.map(({ request, operationId, complaints }) => `${request} (${operationId}): ${complaints.join('; ')}`)).toEqual([]);

    const bodies = (operationId: string): unknown[] =>
      outcomes.filter((outcome) => outcome.operationId === operationId).map(({ body }) => body);
    expect(bodies('sendMessage')).toContainEqual(expect.objectContaining({ status: 'ACCEPTED' }));
    const claims = bodies('claimMessages') as { deliveries: { message: { data: { action: string } } }[] }[];
    const actions = claims.flatMap(({ deliveries }) => deliveries.map(({ message }) => message.data.action));
    expect(actions).toContain('INVOKE');
  });

  it('lets every example of a message run after the others', async () => {
    const [operation] = operationsOf(runner.document).filter(({ operationId }) => operationId === 'sendMessage');
    if (operation === undefined) throw new Error('there is no sendMessage');
    const names = Object.keys(operation.requestBody?.content['application/json']?.examples ?? {});
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) {
      const { complaints, status } = await runner.run(operation, organization.token, name);
      expect({ name, status, complaints }).toEqual({ name, status: 202, complaints: [] });
    }
  });

  it('describes the outcomes of an array, an inline answer and refusals as they are', async () => {
    const examples = operationsOf(runner.document).find(({ operationId }) => operationId === 'sendMessage')?.requestBody?.content[
      'application/json'
    ]?.examples;
    const discover = examples?.['discover']?.value;
    const requests: [string, unknown, number][] = [
      ['/v1/messages', [examples?.['notify']?.value, { header: {} }], 207],
      ['/v1/messages?wait=10', discover, 200],
      ['/v1/messages', { header: {} }, 400],
    ];
    for (const [path, body, status] of requests) {
      const answer = await broker.api('POST', path, body, organization.token);
      expect(answer.status).toBe(status);
      const type = status < 400 ? 'application/json' : 'application/problem+json';
      expect(runner.misfits(`/paths/${token('/v1/messages')}/post/responses/${status}/content/${token(type)}/schema`, answer.body)).toEqual(
        [],
      );
    }
  });

  it('has request examples that fit their schemas', () => {
    const misfits = operationsOf(runner.document).flatMap(({ pointer, operationId, requestBody, parameters = [] }) => {
      const bodies = Object.entries(requestBody?.content ?? {}).flatMap(([type, content]) =>
        Object.entries(examplesOf(content)).map(([name, example]) => ({
          name: `body ${name}`,
          example,
          schema: `${pointer}/requestBody/content/${token(type)}/schema`,
        })),
      );
      const inputs = parameters.flatMap((parameter, index) =>
        Object.values(examplesOf(parameter)).map((example) => ({
          name: parameter.name,
          example,
          schema: `${pointer}/parameters/${index}/schema`,
        })),
      );
      return [...bodies, ...inputs].flatMap(({ name, example, schema }) =>
        runner.misfits(schema, example).map((misfit) => `${operationId} ${name}: ${misfit}`),
      );
    });
    expect(misfits).toEqual([]);
  });

  it('has response examples that fit their schemas', () => {
    const misfits = operationsOf(runner.document).flatMap(({ pointer, operationId, responses }) =>
      Object.entries(responses).flatMap(([status, { content }]) =>
        Object.entries(content ?? {}).flatMap(([type, media]) =>
          Object.values(examplesOf(media)).flatMap((example) =>
            runner
              .misfits(`${pointer}/responses/${status}/content/${token(type)}/schema`, example)
              .map((misfit) => `${operationId} ${status}: ${misfit}`),
          ),
        ),
      ),
    );
    expect(misfits).toEqual([]);
  });

  it('names every failure it documents as a problem document', () => {
    const others = operationsOf(runner.document).flatMap(({ operationId, responses }) =>
      Object.entries(responses)
        .filter(([status]) => Number(status) >= 400)
        .filter(([, { content }]) => !('application/problem+json' in (content ?? {})))
        .map(([status]) => `${operationId} ${status}`),
    );
    // OAuth (RFC 6749 §5.2) and the probes have forms of their own.
    expect(others.filter((name) => !/^(issueToken|checkReadiness)/.test(name))).toEqual([]);
  });
});
