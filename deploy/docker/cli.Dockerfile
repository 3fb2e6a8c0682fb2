# The image of the command line alone: docker build -f deploy/docker/cli.Dockerfile -t interlock-cli .
ARG NODE_IMAGE=node:24-bookworm-slim
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY . .
RUN --mount=type=cache,target=/root/.npm \
    node tools/run.mjs build && node apps/cli/pack.mjs /package

FROM ${NODE_IMAGE}
RUN --mount=type=bind,from=build,source=/package,target=/package \
    npm install --global --ignore-scripts --offline --no-audit --no-fund /package/interlock-cli-*.tgz
USER node
WORKDIR /home/node
ENTRYPOINT ["interlock"]
