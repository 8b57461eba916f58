import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '../config/config.js';

const TYPES: Readonly<Record<string, string>> = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8', png: 'image/png' };
const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-16x16.png', 'favicon-32x32.png'];
const SETTINGS = {
  dom_id: '#console',
  deepLinking: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  filter: true,
  docExpansion: 'list',
  validatorUrl: null,
};

function page(base: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>twinfed API</title>
<link rel="stylesheet" href="${base}swagger-ui.css">
<link rel="icon" type="image/png" sizes="32x32" href="${base}favicon-32x32.png">
<link rel="icon" type="image/png" sizes="16x16" href="${base}favicon-16x16.png">
</head>
<body>
<main id="console"><noscript>The console needs JavaScript; the document itself is at openapi.json.</noscript></main>
<script src="${base}swagger-ui-bundle.js"></script>
<script src="${base}start.js"></script>
</body>
</html>
`;
}

/** The document lies beside /docs, whatever prefix a proxy puts before both; its place is computed from the script's own. */
const START = `'use strict';
const documentUrl = new URL('../openapi.json', document.currentScript.src).href;
window.console_ = SwaggerUIBundle({ url: documentUrl, presets: [SwaggerUIBundle.presets.apis], layout: 'BaseLayout', ...${JSON.stringify(SETTINGS)} });
`;

/** Swagger UI sets styles from scripts; everything else comes from here, and requests go here or to PUBLIC_URL. */
function contentPolicy(config: Config): string {
  const api = config.publicUrl === undefined ? '' : ` ${new URL(config.publicUrl).origin}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    `connect-src 'self'${api}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/**
 * Serves Swagger UI at /docs from the installed package: no content delivery network, no inline script. Only the files named here are
 * served, from memory.
 */
export function setUpApiConsole(app: NestFastifyApplication, config: Config): void {
  const fastify = app.getHttpAdapter().getInstance();
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const policy = contentPolicy(config);
  for (const [path, base] of Object.entries({ '/docs': './docs/', '/docs/': './' })) {
    const html = page(base);
    fastify.get(path, (_request, reply) =>
      reply.header('content-security-policy', policy).header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(html),
    );
  }
  const files = new Map<string, Buffer>([['start.js', Buffer.from(START)]]);
  for (const name of ASSETS) files.set(name, readFileSync(join(folder, name)));
  for (const [name, content] of files) {
    const type = TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    fastify.get(`/docs/${name}`, (_request, reply) => reply.header('cache-control', 'public, max-age=3600').type(type).send(content));
  }
}
