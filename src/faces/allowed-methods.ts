import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DomainError } from '../problems/domain-error.js';

/** Tells a path that is not there from a method that it does not have (RFC 9110 §15.5.6). Call it before the routes are added. */
export function setUpAllowedMethods(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const methodsOf = new Map<string, { path: RegExp; methods: Set<string> }>();
  fastify.addHook('onRoute', ({ url, method }) => {
    if (url.includes('*')) return;
    const known = methodsOf.get(url) ?? {
      path: new RegExp(`^${url.replace(/[.]/g, '\\.').replace(/:[^/]+/g, '[^/]+')}$`),
      methods: new Set(),
    };
    for (const each of [method].flat()) known.methods.add(each);
    methodsOf.set(url, known);
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = request.is404
      ? [...methodsOf.values()].filter((route) => route.path.test(path)).flatMap((route) => [...route.methods])
      : [];
    if (allowed.length === 0) return done();
    const names = [...new Set(allowed)].sort().join(', ');
    void reply.header('allow', names);
    done(new DomainError('method-not-allowed', `${request.method} is not supported here; these are: ${names}.`));
  });
}
