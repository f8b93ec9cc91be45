# A replica: the server, and the web page that it serves. Build from the repository's root:
#   docker build -f deploy/server.Dockerfile -t parley-server .

FROM node:24-bookworm AS build
ENV CI=true
WORKDIR /src
# Dependencies have a layer of their own, which lasts until one of them changes. better-sqlite3 compiles here where no ready-made binary can be had.
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY packages/cli/package.json packages/cli/
COPY packages/client/package.json packages/client/
COPY packages/grpc-connection/package.json packages/grpc-connection/
COPY packages/proof/package.json packages/proof/
COPY packages/proto/package.json packages/proto/
COPY packages/server/package.json packages/server/
COPY packages/sqlite/package.json packages/sqlite/
COPY packages/web-client/package.json packages/web-client/
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile
COPY . .
RUN npx --yes pnpm@12.21.0 run build:all \
 && npx --yes pnpm@12.21.0 --filter @parley/server deploy --prod --legacy /parley/packages/server \
 && mkdir -p /parley/packages/web-client/dist \
 && cp -r packages/web-client/dist/page /parley/packages/web-client/dist/page

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    PARLEY_PORT=50051 \
    PARLEY_HTTP_PORT=8080 \
    PARLEY_DB_FILE=/data/parley.db \
    PARLEY_CLUSTER_SECRET_FILE=/secret/cluster-secret
COPY --from=build /parley /parley
# An empty volume takes over the owner of the directory that it is mounted on.
RUN install -d -o node -g node -m 700 /data /secret
USER node
WORKDIR /parley
EXPOSE 50051 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "packages/server/dist/main.js"]
