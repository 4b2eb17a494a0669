# syntax=docker/dockerfile:1
# The service as an image: only what runs, as an unprivileged user, with its state under /app/data.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Without the optional packages: they bring a Node, and the image has its own.
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund && npm cache clean --force

FROM node:24-slim
# The compile cache keeps the stripped types: later starts are faster and 40 MiB smaller.
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/tmp/node-compile-cache \
    TROUSSEAU_MODE=production \
    TROUSSEAU_HOST=0.0.0.0
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY src ./src
COPY views ./views
COPY policies ./policies
RUN install --directory --owner=node --group=node --mode=0700 data
USER node
VOLUME /app/data
EXPOSE 3000 3443
# The image has no curl; the probe is public and tells nothing.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.TROUSSEAU_PORT || 3000}/health/live`).then(answer => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
CMD ["node", "src/main.ts", "serve"]
